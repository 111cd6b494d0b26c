// Datagrams to and from the kernel by netlink. The npm package for netlink ends the process whenever
// the kernel reports an error on its socket (an overflow, say), before JavaScript can hear of it.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

// The kernel fills at most 32 KiB of a dump into one datagram; a notification is far smaller.
constexpr size_t kLargestDatagram = 64 * 1024;

int OpenSocket(int protocol) {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

// A socket of another network namespace: this thread is there for a moment, and nothing of JavaScript runs in it.
int OpenSocketIn(Napi::Env env, const std::string& path, int protocol) {
  int there = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (there < 0) throw SystemError(env, errno, "open");
  int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  int fd = -1;
  int error = 0;
  if (here >= 0 && setns(there, CLONE_NEWNET) == 0) {
    fd = OpenSocket(protocol);
    error = errno;
    // Everything after this would happen in the wrong place.
    if (setns(here, CLONE_NEWNET) != 0) abort();
  } else {
    error = errno;
  }
  close(there);
  if (here >= 0) close(here);
  errno = error;
  return fd;
}

// openNetlinkSocket(groups: number[], receiveBufferBytes: number, protocol: number, namespace: string | null): number
Napi::Value OpenNetlinkSocket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 4 || !info[0].IsArray() || !info[1].IsNumber() || !info[2].IsNumber() ||
      !(info[3].IsString() || info[3].IsNull()))
    throw Napi::TypeError::New(env, "openNetlinkSocket(groups, receiveBufferBytes, protocol, namespace)");
  int protocol = info[2].As<Napi::Number>().Int32Value();
  int fd = info[3].IsNull() ? OpenSocket(protocol)
                            : OpenSocketIn(env, info[3].As<Napi::String>().Utf8Value(), protocol);
  if (fd < 0) throw SystemError(env, errno, "socket");
  const auto fail = [env, fd](const char* syscall) {
    int errnum = errno;
    close(fd);
    return SystemError(env, errnum, syscall);
  };

  int bytes = info[1].As<Napi::Number>().Int32Value();
  // Without CAP_NET_ADMIN net.core.rmem_max caps the buffer, which is no error.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 &&
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0)
    throw fail("setsockopt");
  struct sockaddr_nl self {};
  self.nl_family = AF_NETLINK;
  if (bind(fd, reinterpret_cast<struct sockaddr*>(&self), sizeof self) != 0) throw fail("bind");
  Napi::Array groups = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < groups.Length(); i++) {
    int group = groups.Get(i).ToNumber().Int32Value();
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) throw fail("setsockopt");
  }
  return Napi::Number::New(env, fd);
}

// sendNetlink(fd: number, datagram: Uint8Array): void
void SendNetlink(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(env, "sendNetlink(fd, datagram) wants a number and a Uint8Array");
  Napi::Uint8Array datagram = info[1].As<Napi::Uint8Array>();
  struct sockaddr_nl kernel {};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent;
  do {
    sent = sendto(info[0].As<Napi::Number>().Int32Value(), datagram.Data(), datagram.ByteLength(), 0,
                  reinterpret_cast<struct sockaddr*>(&kernel), sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) throw SystemError(env, errno, "sendto");
}

// receiveNetlink(fd: number): Uint8Array | null
Napi::Value ReceiveNetlink(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "receiveNetlink wants a number");
  static thread_local uint8_t buffer[kLargestDatagram];
  for (;;) {
    struct sockaddr_nl from {};
    struct iovec part {buffer, sizeof buffer};
    struct msghdr message {};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    ssize_t length = recvmsg(info[0].As<Napi::Number>().Int32Value(), &message, MSG_DONTWAIT);
    if (length < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return env.Null();
      throw SystemError(env, errno, "recvmsg");
    }
    // Port 0 is the kernel; other processes may write to this socket too.
    if (from.nl_pid != 0) continue;
    if ((message.msg_flags & MSG_TRUNC) != 0) throw SystemError(env, EMSGSIZE, "recvmsg");
    Napi::Uint8Array copy = Napi::Uint8Array::New(env, static_cast<size_t>(length));
    std::copy(buffer, buffer + length, copy.Data());
    return copy;
  }
}

}  // namespace

void InitNetlinkSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("openNetlinkSocket", Napi::Function::New(env, OpenNetlinkSocket));
  exports.Set("sendNetlink", Napi::Function::New(env, SendNetlink));
  exports.Set("receiveNetlink", Napi::Function::New(env, ReceiveNetlink));
}
