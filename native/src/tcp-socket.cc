// TCP connections with what a health check may ask for and node:net does not give: a mark, an interface.
#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "socket-address.h"
#include "system-error.h"

namespace {

// Device and mark first: they decide which routes and addresses the socket has.
void Configure(Napi::Env env, int fd, int family, const Napi::Object& options) {
  std::string device = options.Get("device").ToString().Utf8Value();
  auto mark = options.Get("mark").ToNumber().Uint32Value();
  std::string source = options.Get("source").ToString().Utf8Value();
  auto port = static_cast<uint16_t>(options.Get("sourcePort").ToNumber().Uint32Value());
  if (!device.empty() &&
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.c_str(), static_cast<socklen_t>(device.size() + 1)) != 0)
    throw SystemError(env, errno, "setsockopt");
  if (mark != 0) SetOption(env, fd, SOL_SOCKET, SO_MARK, mark);
  if (source.empty() && port == 0) return;
  SetOption(env, fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (source.empty()) source = family == AF_INET6 ? "::" : "0.0.0.0";
  BindTo(env, fd, SocketAddress(env, source, port));
}

// connectTcp(destination: string, port: number, options: {source, sourcePort, device, mark}): number. Has begun to connect.
Napi::Value ConnectTcp(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsObject())
    throw Napi::TypeError::New(env, "connectTcp(destination, port, options) wants a string, a number and an object");
  SocketAddress to(env, info[0].As<Napi::String>().Utf8Value(),
                   static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value()));
  int fd = socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (fd < 0) throw SystemError(env, errno, "socket");
  try {
    Configure(env, fd, to.family(), info[2].As<Napi::Object>());
    if (connect(fd, to.get(), to.length) != 0 && errno != EINPROGRESS) throw SystemError(env, errno, "connect");
  } catch (...) {
    close(fd);
    throw;
  }
  return Napi::Number::New(env, fd);
}

}  // namespace

void InitTcpSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("connectTcp", Napi::Function::New(env, ConnectTcp));
}
