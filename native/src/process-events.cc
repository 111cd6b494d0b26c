// The kernel's connector of process events. It is asked and read as any other netlink socket.
#include <cerrno>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

// openProcessEvents(receiveBufferBytes: number, force: boolean): number
Napi::Value OpenProcessEvents(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsBoolean())
    throw Napi::TypeError::New(env, "openProcessEvents(receiveBufferBytes, force) wants a number and a boolean");
  int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
  if (fd < 0) throw SystemError(env, errno, "socket");
  int bytes = info[0].As<Napi::Number>().Int32Value();
  int option = info[1].As<Napi::Boolean>().Value() ? SO_RCVBUFFORCE : SO_RCVBUF;
  struct sockaddr_nl self {};
  self.nl_family = AF_NETLINK;
  self.nl_groups = CN_IDX_PROC;
  const char* failed = nullptr;
  if (bytes > 0 && setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes) != 0) failed = "setsockopt";
  else if (bind(fd, reinterpret_cast<struct sockaddr*>(&self), sizeof self) != 0) failed = "bind";
  if (failed != nullptr) {
    int number = errno;
    close(fd);
    throw SystemError(env, number, failed);
  }
  return Napi::Number::New(env, fd);
}

}  // namespace

void InitProcessEvents(Napi::Env env, Napi::Object exports) {
  exports.Set("openProcessEvents", Napi::Function::New(env, OpenProcessEvents));
}
