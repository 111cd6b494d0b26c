// Raw sockets. Of IPv6 the kernel keeps the header to itself and tells what stood in it only by control messages, which no
// npm package reads.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "received-message.h"
#include "system-error.h"

namespace {

constexpr size_t kHeader = sizeof(struct ip6_hdr);

bool IsBytes(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}

// openRaw4Socket(protocol: number): number. IPPROTO_RAW: brings its own header and receives nothing.
Napi::Value OpenRaw4Socket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "openRaw4Socket wants a protocol");
  int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, info[0].As<Napi::Number>().Int32Value());
  if (fd < 0) throw SystemError(env, errno, "socket");
  return Napi::Number::New(env, fd);
}

// openRaw6Socket(protocol: number): number. IPPROTO_RAW: brings its own header and receives nothing.
Napi::Value OpenRaw6Socket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "openRaw6Socket wants a protocol");
  int protocol = info[0].As<Napi::Number>().Int32Value();
  int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (fd < 0) throw SystemError(env, errno, "socket");
  int on = 1;
  if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on) != 0 ||
      setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0 ||
      setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on) != 0) {
    int errnum = errno;
    close(fd);
    throw SystemError(env, errnum, "setsockopt");
  }
  return Napi::Number::New(env, fd);
}

// receiveRaw6(fd: number, protocol: number, buffer: Uint8Array): number. Writes the next packet with the header that it
// had (without flow label and extension headers) and returns its length, 0 if none waits. What is longer is cut.
Napi::Value ReceiveRaw6(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsNumber() || !info[1].IsNumber() || !IsBytes(info[2]))
    throw Napi::TypeError::New(env, "receiveRaw6(fd, protocol, buffer) wants two numbers and a Uint8Array");
  Napi::Uint8Array buffer = info[2].As<Napi::Uint8Array>();
  if (buffer.ByteLength() <= kHeader) throw SystemError(env, EMSGSIZE, "recvmsg");

  ReceivedMessage message(env, info[0].As<Napi::Number>().Int32Value(), buffer.Data() + kHeader,
                          buffer.ByteLength() - kHeader);
  if (message.length < 0) return Napi::Number::New(env, 0);
  struct ip6_hdr header {};
  int traffic_class = 0;
  for (struct cmsghdr* item = CMSG_FIRSTHDR(&message.header); item != nullptr; item = CMSG_NXTHDR(&message.header, item)) {
    if (item->cmsg_level != IPPROTO_IPV6) continue;
    int number = 0;
    if (item->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo to;
      std::memcpy(&to, CMSG_DATA(item), sizeof to);
      header.ip6_dst = to.ipi6_addr;
    } else if (item->cmsg_type == IPV6_HOPLIMIT) {
      std::memcpy(&number, CMSG_DATA(item), sizeof number);
      header.ip6_hlim = static_cast<uint8_t>(number);
    } else if (item->cmsg_type == IPV6_TCLASS) {
      std::memcpy(&traffic_class, CMSG_DATA(item), sizeof traffic_class);
    }
  }
  header.ip6_flow = htonl((6u << 28) | (static_cast<uint32_t>(traffic_class & 255) << 20));
  header.ip6_plen = htons(static_cast<uint16_t>(message.length));
  header.ip6_nxt = static_cast<uint8_t>(info[1].As<Napi::Number>().Int32Value());
  header.ip6_src = reinterpret_cast<struct sockaddr_in6*>(&message.from)->sin6_addr;
  std::memcpy(buffer.Data(), &header, kHeader);
  return Napi::Number::New(env, static_cast<double>(message.length + static_cast<ssize_t>(kHeader)));
}

// sendRaw6(fd: number, packet: Uint8Array, ifindex: number): void. The packet brings its own header, which says where
// to; ifindex 0: where the routing table says.
void SendRaw6(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsNumber() || !IsBytes(info[1]) || !info[2].IsNumber())
    throw Napi::TypeError::New(env, "sendRaw6(fd, packet, ifindex) wants a number, a Uint8Array and a number");
  Napi::Uint8Array packet = info[1].As<Napi::Uint8Array>();
  if (packet.ByteLength() < kHeader) throw SystemError(env, EINVAL, "sendto");
  struct ip6_hdr header;
  std::memcpy(&header, packet.Data(), kHeader);
  struct sockaddr_in6 to {};
  to.sin6_family = AF_INET6;
  to.sin6_addr = header.ip6_dst;
  to.sin6_scope_id = info[2].As<Napi::Number>().Uint32Value();
  ssize_t sent;
  do {
    sent = sendto(info[0].As<Napi::Number>().Int32Value(), packet.Data(), packet.ByteLength(), MSG_DONTWAIT,
                  reinterpret_cast<struct sockaddr*>(&to), sizeof to);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) throw SystemError(env, errno, "sendto");
}

}  // namespace

void InitRawSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("openRaw4Socket", Napi::Function::New(env, OpenRaw4Socket));
  exports.Set("openRaw6Socket", Napi::Function::New(env, OpenRaw6Socket));
  exports.Set("receiveRaw6", Napi::Function::New(env, ReceiveRaw6));
  exports.Set("sendRaw6", Napi::Function::New(env, SendRaw6));
}
