// What sockets of every kind need: options, the error that waits, a watch on the event loop, the end.
#include <cerrno>
#include <memory>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>
#include <uv.h>

#include "system-error.h"

namespace {

// setSocketOption(fd: number, level: number, option: number, value: Uint8Array): void
void SetSocketOption(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 4 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber() || !info[3].IsTypedArray() ||
      info[3].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(env, "setSocketOption(fd, level, option, value) wants three numbers and a Uint8Array");
  Napi::Uint8Array value = info[3].As<Napi::Uint8Array>();
  if (setsockopt(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Number>().Int32Value(),
                 info[2].As<Napi::Number>().Int32Value(), value.Data(),
                 static_cast<socklen_t>(value.ByteLength())) != 0)
    throw SystemError(env, errno, "setsockopt");
}

// socketError(fd: number): string | null. What has failed since it was asked last (SO_ERROR), by the name of its errno.
Napi::Value SocketError(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "socketError wants a number");
  int errnum = 0;
  socklen_t length = sizeof errnum;
  if (getsockopt(info[0].As<Napi::Number>().Int32Value(), SOL_SOCKET, SO_ERROR, &errnum, &length) != 0)
    throw SystemError(env, errno, "getsockopt");
  if (errnum == 0) return env.Null();
  char name[64];
  uv_err_name_r(-errnum, name, sizeof name);
  return Napi::String::New(env, name);
}

// droppedBySocket(fd: number): number. Packets that there was no room for in its receive buffer (SO_MEMINFO).
Napi::Value DroppedBySocket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "droppedBySocket wants a number");
  uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t length = sizeof memory;
  if (getsockopt(info[0].As<Napi::Number>().Int32Value(), SOL_SOCKET, SO_MEMINFO, memory, &length) != 0)
    throw SystemError(env, errno, "getsockopt");
  return Napi::Number::New(env, memory[SK_MEMINFO_DROPS]);
}

// closeSocket(fd: number): void
void CloseSocket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "closeSocket wants a number");
  if (close(info[0].As<Napi::Number>().Int32Value()) != 0) throw SystemError(env, errno, "close");
}

// new SocketWatch(fd: number, readable: () => void), close(): calls back while the socket is readable or in error.
class SocketWatch : public Napi::ObjectWrap<SocketWatch> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("SocketWatch", DefineClass(env, "SocketWatch", {InstanceMethod<&SocketWatch::Close>("close")}));
  }

  explicit SocketWatch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SocketWatch>(info) {
    Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsFunction())
      throw Napi::TypeError::New(env, "SocketWatch(fd, readable) wants a number and a function");
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
    uv_poll_t* poll = new uv_poll_t;
    int error = uv_poll_init(loop, poll, info[0].As<Napi::Number>().Int32Value());
    if (error != 0) {
      delete poll;
      throw SystemError(env, -error, "uv_poll_init");
    }
    poll_ = poll;
    poll_->data = this;
    ready_ = Napi::Persistent(info[1].As<Napi::Function>());
    context_ = std::make_unique<Napi::AsyncContext>(env, "relived:SocketWatch");
    // Until it is closed, the watch must not be collected: a collected one goes silent without an error.
    Ref();
    Start();
  }

 private:
  void Start() { uv_poll_start(poll_, UV_READABLE, Polled); }

  static void Polled(uv_poll_t* poll, int status, int) {
    auto* self = static_cast<SocketWatch*>(poll->data);
    Napi::Env env = self->Env();
    Napi::HandleScope scope(env);
    // libuv stops at an error of the socket; reading it clears the error, and what waits behind it is still of use.
    if (status != 0) self->Start();
    try {
      self->ready_.MakeCallback(self->Value(), {}, *self->context_);
    } catch (const Napi::Error& error) {
      // An ordinary uncaught exception, not the end of the process by std::terminate.
      napi_fatal_exception(env, error.Value());
    }
  }

  void Close(const Napi::CallbackInfo&) {
    if (poll_ == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(poll_),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    poll_ = nullptr;
    ready_.Reset();
    Unref();
  }

  uv_poll_t* poll_ = nullptr;
  Napi::FunctionReference ready_;
  std::unique_ptr<Napi::AsyncContext> context_;
};

}  // namespace

void InitSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("setSocketOption", Napi::Function::New(env, SetSocketOption));
  exports.Set("socketError", Napi::Function::New(env, SocketError));
  exports.Set("droppedBySocket", Napi::Function::New(env, DroppedBySocket));
  exports.Set("closeSocket", Napi::Function::New(env, CloseSocket));
  SocketWatch::Define(env, exports);
}
