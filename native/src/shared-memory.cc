// Memory of a file that several processes have mapped.
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

// mapFile(path: string, bytes: number): ArrayBuffer. Stays mapped for as long as the buffer lives.
Napi::Value MapFile(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsNumber())
    throw Napi::TypeError::New(env, "mapFile(path, bytes) wants a string and a number");
  std::string path = info[0].As<Napi::String>().Utf8Value();
  int64_t bytes = info[1].As<Napi::Number>().Int64Value();
  int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) throw SystemError(env, errno, "open");
  struct stat about {};
  int failed = fstat(fd, &about) != 0 ? errno : bytes <= 0 || about.st_size < bytes ? EINVAL : 0;
  void* memory = failed != 0 ? MAP_FAILED : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (failed == 0 && memory == MAP_FAILED) failed = errno;
  close(fd);
  if (failed != 0) throw SystemError(env, failed, "mmap");
  return Napi::ArrayBuffer::New(env, memory, bytes, [bytes](Napi::Env, void* data) { munmap(data, bytes); });
}

}  // namespace

void InitSharedMemory(Napi::Env env, Napi::Object exports) {
  exports.Set("mapFile", Napi::Function::New(env, MapFile));
}
