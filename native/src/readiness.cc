// One epoll instance for many short-lived sockets: a socket costs one system call to be heard of until it is closed,
// where a uv_poll of its own costs six.
#include <cerrno>
#include <memory>
#include <sys/epoll.h>
#include <unistd.h>

#include <napi.h>
#include <uv.h>

#include "system-error.h"

namespace {

constexpr int kMostEvents = 256;

// Readiness(events: Int32Array, heard: (count: number) => void). `events` takes pairs of a token and what has happened to
// its socket: kReadable, kWritable, kFailed.
class Readiness : public Napi::ObjectWrap<Readiness> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("Readiness", DefineClass(env, "Readiness",
                                         {InstanceMethod<&Readiness::Add>("add"),
                                          InstanceMethod<&Readiness::Remove>("remove"),
                                          InstanceMethod<&Readiness::KeepAlive>("keepAlive")}));
  }

  explicit Readiness(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Readiness>(info) {
    Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsTypedArray() || !info[1].IsFunction())
      throw Napi::TypeError::New(env, "Readiness(events, heard) wants an Int32Array and a function");
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) throw SystemError(env, errno, "epoll_create1");
    uv_poll_init(loop, &poll_, epoll_);
    poll_.data = this;
    told_ = Napi::Persistent(info[0].As<Napi::Int32Array>());
    heard_ = Napi::Persistent(info[1].As<Napi::Function>());
    context_ = std::make_unique<Napi::AsyncContext>(env, "relived:Readiness");
    // There is one for the whole process, which lives as long.
    Ref();
    uv_poll_start(&poll_, UV_READABLE, Polled);
    uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
  }

 private:
  enum What { kReadable = 1, kWritable = 2, kFailed = 4 };

  // add(fd, token): each change of the socket is told once, by its token, from now on.
  void Add(const Napi::CallbackInfo& info) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u32 = info[1].As<Napi::Number>().Uint32Value();
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, info[0].As<Napi::Number>().Int32Value(), &event) != 0)
      throw SystemError(info.Env(), errno, "epoll_ctl");
  }

  // remove(fd): for a socket that somebody else goes on with. Closing it does the same.
  void Remove(const Napi::CallbackInfo& info) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, info[0].As<Napi::Number>().Int32Value(), nullptr);
  }

  // keepAlive(wanted): whether the process has to wait for what is heard here.
  void KeepAlive(const Napi::CallbackInfo& info) {
    auto* handle = reinterpret_cast<uv_handle_t*>(&poll_);
    if (info[0].As<Napi::Boolean>().Value()) uv_ref(handle);
    else uv_unref(handle);
  }

  static void Polled(uv_poll_t* poll, int, int) { static_cast<Readiness*>(poll->data)->Hear(); }

  // What is left over is heard in the next turn of the loop.
  void Hear() {
    Napi::Env env = Env();
    Napi::HandleScope scope(env);
    epoll_event events[kMostEvents];
    Napi::Int32Array told = told_.Value();
    int most = static_cast<int>(told.ElementLength() / 2);
    int count = epoll_wait(epoll_, events, most < kMostEvents ? most : kMostEvents, 0);
    if (count <= 0) return;
    for (int i = 0; i < count; ++i) {
      uint32_t bits = events[i].events;
      int what = 0;
      if (bits & (EPOLLIN | EPOLLRDHUP)) what |= kReadable;
      if (bits & EPOLLOUT) what |= kWritable;
      if (bits & (EPOLLERR | EPOLLHUP)) what |= kFailed;
      told[2 * i] = static_cast<int32_t>(events[i].data.u32);
      told[2 * i + 1] = what;
    }
    try {
      heard_.MakeCallback(Value(), {Napi::Number::New(env, count)}, *context_);
    } catch (const Napi::Error& error) {
      // An ordinary uncaught exception, not the end of the process by std::terminate.
      napi_fatal_exception(env, error.Value());
    }
  }

  int epoll_ = -1;
  uv_poll_t poll_{};
  Napi::Reference<Napi::Int32Array> told_;
  Napi::FunctionReference heard_;
  std::unique_ptr<Napi::AsyncContext> context_;
};

}  // namespace

void InitReadiness(Napi::Env env, Napi::Object exports) { Readiness::Define(env, exports); }
