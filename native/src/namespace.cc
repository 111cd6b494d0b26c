// Network and mount namespaces. They belong to a thread: the caller execs afterwards, so that the whole process is there.
#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

std::string TextAt(const Napi::CallbackInfo& info, size_t index, const char* signature) {
  if (info.Length() <= index || !info[index].IsString()) throw Napi::TypeError::New(info.Env(), signature);
  return info[index].As<Napi::String>().Utf8Value();
}

// enterNetworkNamespace(path: string): void
void EnterNetworkNamespace(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string path = TextAt(info, 0, "enterNetworkNamespace wants a string");
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw SystemError(env, errno, "open");
  int result = setns(fd, CLONE_NEWNET);
  int error = errno;
  close(fd);
  if (result != 0) throw SystemError(env, error, "setns");
}

// bindPrivately(source: string, target: string): void. Only this thread, and what it becomes, sees `source` there.
void BindPrivately(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string source = TextAt(info, 0, "bindPrivately(source, target) wants two strings");
  std::string target = TextAt(info, 1, "bindPrivately(source, target) wants two strings");
  if (unshare(CLONE_NEWNS) != 0) throw SystemError(env, errno, "unshare");
  // Mounts are shared by default under systemd: without this everybody would see it.
  if (mount("", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) throw SystemError(env, errno, "mount");
  if (mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) throw SystemError(env, errno, "mount");
}

// unmount(target: string): void.
void Unmount(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string target = TextAt(info, 0, "unmount(target) wants a string");
  if (umount2(target.c_str(), MNT_DETACH) != 0) throw SystemError(env, errno, "umount");
}

}  // namespace

void InitNamespace(Napi::Env env, Napi::Object exports) {
  exports.Set("enterNetworkNamespace", Napi::Function::New(env, EnterNetworkNamespace));
  exports.Set("bindPrivately", Napi::Function::New(env, BindPrivately));
  exports.Set("unmount", Napi::Function::New(env, Unmount));
}
