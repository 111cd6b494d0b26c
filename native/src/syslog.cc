// Datagrams to the system log, which Node cannot send.
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

// openDatagramSocket(path: string): number
Napi::Value OpenDatagramSocket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsString())
    throw Napi::TypeError::New(env, "openDatagramSocket(path) wants a string");
  std::string path = info[0].As<Napi::String>().Utf8Value();
  struct sockaddr_un to {};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) throw SystemError(env, ENAMETOOLONG, "connect");
  std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw SystemError(env, errno, "socket");
  if (connect(fd, reinterpret_cast<struct sockaddr*>(&to), sizeof to) != 0) {
    int error = errno;
    close(fd);
    throw SystemError(env, error, "connect");
  }
  return Napi::Number::New(env, fd);
}

// sendDatagram(fd: number, bytes: Uint8Array): void
void SendDatagram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(env, "sendDatagram(fd, bytes) wants a number and a Uint8Array");
  Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  int fd = info[0].As<Napi::Number>().Int32Value();
  if (send(fd, bytes.Data(), bytes.ByteLength(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    throw SystemError(env, errno, "send");
}

}  // namespace

void InitSyslog(Napi::Env env, Napi::Object exports) {
  exports.Set("openDatagramSocket", Napi::Function::New(env, OpenDatagramSocket, "openDatagramSocket"));
  exports.Set("sendDatagram", Napi::Function::New(env, SendDatagram, "sendDatagram"));
}
