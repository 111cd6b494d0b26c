// Named pipes, which Node cannot make.
#include <cerrno>
#include <string>
#include <sys/stat.h>

#include <napi.h>

#include "system-error.h"

namespace {

// makeFifo(path: string, mode: number): void
void MakeFifo(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsNumber())
    throw Napi::TypeError::New(env, "makeFifo(path, mode) wants a string and a number");
  std::string path = info[0].As<Napi::String>().Utf8Value();
  if (path.find('\0') != std::string::npos) throw SystemError(env, EINVAL, "mkfifo");
  mode_t mode = info[1].As<Napi::Number>().Uint32Value();
  if (mkfifo(path.c_str(), mode) != 0) throw SystemError(env, errno, "mkfifo");
}

}  // namespace

void InitFifo(Napi::Env env, Napi::Object exports) {
  exports.Set("makeFifo", Napi::Function::New(env, MakeFifo, "makeFifo"));
}
