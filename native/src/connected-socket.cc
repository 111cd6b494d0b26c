// TCP and UDP sockets with one peer.
#include <cerrno>
#include <string>
#include <sys/socket.h>

#include <napi.h>

#include "connecting.h"
#include "system-error.h"

namespace {

Napi::Value Connect(const Napi::CallbackInfo& info, int type) {
  Napi::Env env = info.Env();
  if (info.Length() < 6 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsString() || !info[3].IsNumber() ||
      !info[4].IsString() || !info[5].IsNumber())
    throw Napi::TypeError::New(env, "connecting wants a destination and its port, a source and its port, a device, a mark");
  // Arguments and not an object: whose properties cost more to look up than the socket to open.
  SocketAddress to(env, info[0].As<Napi::String>().Utf8Value(),
                   static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value()));
  ConnectOrigin origin = OriginOf(env, to, info[2].As<Napi::String>().Utf8Value(),
                                  static_cast<uint16_t>(info[3].As<Napi::Number>().Uint32Value()),
                                  info[4].As<Napi::String>().Utf8Value(), info[5].As<Napi::Number>().Uint32Value());
  int fd = -1;
  ConnectFailure failure = StartConnecting(type, to, origin, &fd);
  if (failure.errnum != 0) throw SystemError(env, failure.errnum, failure.syscall);
  return Napi::Number::New(env, fd);
}

// connectTcp(destination: string, port: number, source: string, sourcePort: number, device: string, mark: number): number.
// Has begun to connect.
Napi::Value ConnectTcp(const Napi::CallbackInfo& info) { return Connect(info, SOCK_STREAM); }

// connectUdp, with the same arguments. ICMP errors of its peer are errors of the socket.
Napi::Value ConnectUdp(const Napi::CallbackInfo& info) { return Connect(info, SOCK_DGRAM); }

bool IsBytes(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}

// sendConnected(fd: number, bytes: Uint8Array): number of bytes that were taken
Napi::Value SendConnected(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !IsBytes(info[1]))
    throw Napi::TypeError::New(env, "sendConnected(fd, bytes) wants a number and a Uint8Array");
  Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  ssize_t sent;
  do {
    sent = send(info[0].As<Napi::Number>().Int32Value(), bytes.Data(), bytes.ByteLength(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) throw SystemError(env, errno, "send");
  return Napi::Number::New(env, static_cast<double>(sent));
}

// receiveConnected(fd: number, buffer: Uint8Array): number | null. The length that the datagram had, also of one that
// did not fit; null: none waits.
Napi::Value ReceiveConnected(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !IsBytes(info[1]))
    throw Napi::TypeError::New(env, "receiveConnected(fd, buffer) wants a number and a Uint8Array");
  Napi::Uint8Array buffer = info[1].As<Napi::Uint8Array>();
  ssize_t length;
  do {
    length = recv(info[0].As<Napi::Number>().Int32Value(), buffer.Data(), buffer.ByteLength(), MSG_DONTWAIT | MSG_TRUNC);
  } while (length < 0 && errno == EINTR);
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return env.Null();
  if (length < 0) throw SystemError(env, errno, "recv");
  return Napi::Number::New(env, static_cast<double>(length));
}

}  // namespace

void InitConnectedSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("connectTcp", Napi::Function::New(env, ConnectTcp));
  exports.Set("connectUdp", Napi::Function::New(env, ConnectUdp));
  exports.Set("sendConnected", Napi::Function::New(env, SendConnected));
  exports.Set("receiveConnected", Napi::Function::New(env, ReceiveConnected));
}
