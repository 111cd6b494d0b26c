// What happens to files in directories: fs.watch of Node tells of every write, before the whole file is there.
#include <cerrno>
#include <string>
#include <sys/inotify.h>

#include <napi.h>

#include "system-error.h"

namespace {

// openInotify(): number
Napi::Value OpenInotify(const Napi::CallbackInfo& info) {
  int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) throw SystemError(info.Env(), errno, "inotify_init1");
  return Napi::Number::New(info.Env(), fd);
}

// addInotifyWatch(fd: number, directory: string): number
Napi::Value AddInotifyWatch(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsString())
    throw Napi::TypeError::New(env, "addInotifyWatch(fd, directory) wants a number and a string");
  constexpr uint32_t kWhole = IN_CLOSE_WRITE | IN_DELETE | IN_MOVE | IN_ONLYDIR;
  int watch = inotify_add_watch(info[0].As<Napi::Number>().Int32Value(),
                                info[1].As<Napi::String>().Utf8Value().c_str(), kWhole);
  if (watch < 0) throw SystemError(env, errno, "inotify_add_watch");
  return Napi::Number::New(env, watch);
}

}  // namespace

void InitInotify(Napi::Env env, Napi::Object exports) {
  exports.Set("openInotify", Napi::Function::New(env, OpenInotify));
  exports.Set("addInotifyWatch", Napi::Function::New(env, AddInotifyWatch));
}
