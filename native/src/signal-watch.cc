// A signal by its number: Node knows the classic ones by name, but none of the real-time signals.
#include <memory>

#include <napi.h>
#include <uv.h>

#include "system-error.h"

namespace {

// new SignalWatch(number: number, came: () => void), close(). Does not keep the process alive.
class SignalWatch : public Napi::ObjectWrap<SignalWatch> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("SignalWatch", DefineClass(env, "SignalWatch", {InstanceMethod<&SignalWatch::Close>("close")}));
  }

  explicit SignalWatch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SignalWatch>(info) {
    Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsFunction())
      throw Napi::TypeError::New(env, "SignalWatch(number, came) wants a number and a function");
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
    uv_signal_t* signal = new uv_signal_t;
    uv_signal_init(loop, signal);
    int error = uv_signal_start(signal, Came, info[0].As<Napi::Number>().Int32Value());
    if (error != 0) {
      uv_close(reinterpret_cast<uv_handle_t*>(signal), Delete);
      throw SystemError(env, -error, "sigaction");
    }
    uv_unref(reinterpret_cast<uv_handle_t*>(signal));
    signal_ = signal;
    signal_->data = this;
    came_ = Napi::Persistent(info[1].As<Napi::Function>());
    context_ = std::make_unique<Napi::AsyncContext>(env, "relived:SignalWatch");
    Ref();
  }

 private:
  static void Delete(uv_handle_t* handle) { delete reinterpret_cast<uv_signal_t*>(handle); }

  static void Came(uv_signal_t* signal, int) {
    auto* self = static_cast<SignalWatch*>(signal->data);
    Napi::Env env = self->Env();
    Napi::HandleScope scope(env);
    try {
      self->came_.MakeCallback(self->Value(), {}, *self->context_);
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env, error.Value());
    }
  }

  void Close(const Napi::CallbackInfo&) {
    if (signal_ == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(signal_), Delete);
    signal_ = nullptr;
    came_.Reset();
    Unref();
  }

  uv_signal_t* signal_ = nullptr;
  Napi::FunctionReference came_;
  std::unique_ptr<Napi::AsyncContext> context_;
};

}  // namespace

void InitSignalWatch(Napi::Env env, Napi::Object exports) { SignalWatch::Define(env, exports); }
