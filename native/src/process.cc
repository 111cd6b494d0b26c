// What a process is to the kernel: its name, how it is scheduled, its limits and memory, locks on its files, and a
// datagram to the service manager.
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

int IntegerAt(const Napi::CallbackInfo& info, size_t index, const char* signature) {
  if (info.Length() <= index || !info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), signature);
  return info[index].As<Napi::Number>().Int32Value();
}

// setCommandName(name: string): void. The kernel keeps 15 bytes.
void SetCommandName(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(env, "setCommandName wants a string");
  std::string name = info[0].As<Napi::String>().Utf8Value();
  if (prctl(PR_SET_NAME, name.c_str(), 0, 0, 0) != 0) throw SystemError(env, errno, "prctl");
}

// setRealtime(priority: number): void. Of this thread; 0 goes back to ordinary scheduling. Children are ordinary again.
void SetRealtime(const Napi::CallbackInfo& info) {
  struct sched_param parameters {};
  parameters.sched_priority = IntegerAt(info, 0, "setRealtime wants a number");
  int policy = parameters.sched_priority == 0 ? SCHED_OTHER : SCHED_RR | SCHED_RESET_ON_FORK;
  if (sched_setscheduler(0, policy, &parameters) != 0) throw SystemError(info.Env(), errno, "sched_setscheduler");
}

// setAffinity(thread: number, processors: number[]): void. Thread 0 is this one.
void SetAffinity(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int thread = IntegerAt(info, 0, "setAffinity(thread, processors) wants a number and an array");
  if (info.Length() < 2 || !info[1].IsArray()) throw Napi::TypeError::New(env, "setAffinity wants an array");
  cpu_set_t set;
  CPU_ZERO(&set);
  Napi::Array processors = info[1].As<Napi::Array>();
  for (uint32_t i = 0; i < processors.Length(); i++) {
    int processor = processors.Get(i).ToNumber().Int32Value();
    if (processor >= 0 && processor < CPU_SETSIZE) CPU_SET(processor, &set);
  }
  if (sched_setaffinity(thread, sizeof set, &set) != 0) throw SystemError(env, errno, "sched_setaffinity");
}

// setLimit(resource: number, soft: number, hard: number): void. Negative: no limit.
void SetLimit(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int resource = IntegerAt(info, 0, "setLimit(resource, soft, hard) wants numbers");
  if (info.Length() < 3 || !info[1].IsNumber() || !info[2].IsNumber())
    throw Napi::TypeError::New(env, "setLimit(resource, soft, hard) wants numbers");
  const auto limit = [](double value) { return value < 0 ? RLIM_INFINITY : static_cast<rlim_t>(value); };
  struct rlimit limits {limit(info[1].As<Napi::Number>().DoubleValue()), limit(info[2].As<Napi::Number>().DoubleValue())};
  if (setrlimit(static_cast<__rlimit_resource_t>(resource), &limits) != 0) throw SystemError(env, errno, "setrlimit");
}

// lockMemory(): void. Pages stay once they were touched; untouched ones (V8 reserves gigabytes) cost nothing.
void LockMemory(const Napi::CallbackInfo& info) {
  if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) throw SystemError(info.Env(), errno, "mlockall");
}

// unlockMemory(): void
void UnlockMemory(const Napi::CallbackInfo& info) {
  if (munlockall() != 0) throw SystemError(info.Env(), errno, "munlockall");
}

// lockFile(fd: number): boolean. A write lock on the whole file, for as long as it is open; false: somebody else has it.
Napi::Value LockFile(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = IntegerAt(info, 0, "lockFile wants a number");
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  int result;
  do {
    result = fcntl(fd, F_OFD_SETLK, &lock);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EAGAIN && errno != EACCES) throw SystemError(env, errno, "fcntl");
  return Napi::Boolean::New(env, result == 0);
}

// sendDatagram(path: string, data: Uint8Array): boolean. To a Unix socket; a leading @ stands for the abstract namespace.
// False if nobody takes it, which is no exception: where there is no system log, thousands of lines in a row are not taken.
Napi::Value SendDatagram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(env, "sendDatagram(path, data) wants a string and a Uint8Array");
  std::string path = info[0].As<Napi::String>().Utf8Value();
  Napi::Uint8Array data = info[1].As<Napi::Uint8Array>();
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return Napi::Boolean::New(env, false);
  memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Napi::Boolean::New(env, false);
  socklen_t length = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + path.size());
  ssize_t sent = sendto(fd, data.Data(), data.ByteLength(), MSG_NOSIGNAL | MSG_DONTWAIT,
                        reinterpret_cast<struct sockaddr*>(&address), length);
  close(fd);
  return Napi::Boolean::New(env, sent >= 0);
}

}  // namespace

void InitProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("setCommandName", Napi::Function::New(env, SetCommandName));
  exports.Set("setRealtime", Napi::Function::New(env, SetRealtime));
  exports.Set("setAffinity", Napi::Function::New(env, SetAffinity));
  exports.Set("setLimit", Napi::Function::New(env, SetLimit));
  exports.Set("lockMemory", Napi::Function::New(env, LockMemory));
  exports.Set("unlockMemory", Napi::Function::New(env, UnlockMemory));
  exports.Set("lockFile", Napi::Function::New(env, LockFile));
  exports.Set("sendDatagram", Napi::Function::New(env, SendDatagram));
}
