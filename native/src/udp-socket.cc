// UDP with what a BFD session needs and dgram does not give: the TTL or hop limit and the destination of what is received.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "received-message.h"
#include "socket-address.h"
#include "system-error.h"

namespace {

// Far more than the longest BFD packet; what is longer is cut, and then of a length that no packet has.
constexpr size_t kLargestDatagram = 2048;

template <typename Configure>
Napi::Value OpenSocket(Napi::Env env, int family, Configure configure) {
  int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
  if (fd < 0) throw SystemError(env, errno, "socket");
  try {
    configure(fd);
  } catch (...) {
    close(fd);
    throw;
  }
  return Napi::Number::New(env, fd);
}

// openUdpListener(ipv6: boolean, port: number, receiveBufferBytes: number): number
Napi::Value OpenUdpListener(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsBoolean() || !info[1].IsNumber() || !info[2].IsNumber())
    throw Napi::TypeError::New(env, "openUdpListener(ipv6, port, receiveBufferBytes) wants a boolean and two numbers");
  bool ipv6 = info[0].As<Napi::Boolean>().Value();
  auto port = static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value());
  int bytes = info[2].As<Napi::Number>().Int32Value();
  return OpenSocket(env, ipv6 ? AF_INET6 : AF_INET, [&](int fd) {
    if (ipv6) {
      SetOption(env, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      SetOption(env, fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
      SetOption(env, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    } else {
      SetOption(env, fd, IPPROTO_IP, IP_RECVTTL, 1);
      SetOption(env, fd, IPPROTO_IP, IP_PKTINFO, 1);
    }
    SetOption(env, fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    // Without CAP_NET_ADMIN net.core.rmem_max caps the buffer, which is no error.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
      SetOption(env, fd, SOL_SOCKET, SO_RCVBUF, bytes);
    BindTo(env, fd, SocketAddress(env, ipv6 ? "::" : "0.0.0.0", port));
  });
}

// openUdpSender(source: string, port: number, ttl: number): number
Napi::Value OpenUdpSender(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsNumber())
    throw Napi::TypeError::New(env, "openUdpSender(source, port, ttl) wants a string and two numbers");
  auto port = static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value());
  int ttl = info[2].As<Napi::Number>().Int32Value();
  SocketAddress source(env, info[0].As<Napi::String>().Utf8Value(), port);
  bool ipv6 = source.family() == AF_INET6;
  return OpenSocket(env, source.family(), [&](int fd) {
    // Network control (RFC 4594 section 3.1, class selector 6): it must not queue behind what it watches.
    if (ipv6) {
      SetOption(env, fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
      SetOption(env, fd, IPPROTO_IPV6, IPV6_TCLASS, 0xc0);
    } else {
      SetOption(env, fd, IPPROTO_IP, IP_TTL, ttl);
      SetOption(env, fd, IPPROTO_IP, IP_TOS, 0xc0);
    }
    BindTo(env, fd, source);
  });
}

// sendUdp(fd: number, destination: string, port: number, datagram: Uint8Array): void
void SendUdp(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 4 || !info[0].IsNumber() || !info[1].IsString() || !info[2].IsNumber() ||
      !info[3].IsTypedArray() || info[3].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(env, "sendUdp(fd, destination, port, datagram) wants a number, a string, a number and a Uint8Array");
  Napi::Uint8Array datagram = info[3].As<Napi::Uint8Array>();
  SocketAddress to(env, info[1].As<Napi::String>().Utf8Value(),
                   static_cast<uint16_t>(info[2].As<Napi::Number>().Uint32Value()));
  ssize_t sent;
  do {
    sent = sendto(info[0].As<Napi::Number>().Int32Value(), datagram.Data(), datagram.ByteLength(), MSG_DONTWAIT,
                  to.get(), to.length);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) throw SystemError(env, errno, "sendto");
}

// How long ago that was by the clock that stamps packets, in microseconds. It may have been set since: never negative.
double AgeUs(const struct timespec& stamp) {
  struct timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  double age = static_cast<double>(now.tv_sec - stamp.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec - stamp.tv_nsec) / 1e3;
  return age < 0 ? 0 : static_cast<double>(static_cast<int64_t>(age));
}

std::string TextOf(int family, const void* address) {
  char text[INET6_ADDRSTRLEN] = "";
  return inet_ntop(family, address, text, sizeof text) == nullptr ? "" : text;
}

// receiveUdp(fd: number, buffer: Uint8Array): {bytes, source, destination, ttl, ageUs} | null
Napi::Value ReceiveUdp(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(env, "receiveUdp(fd, buffer) wants a number and a Uint8Array");
  Napi::Uint8Array buffer = info[1].As<Napi::Uint8Array>();
  ReceivedMessage message(env, info[0].As<Napi::Number>().Int32Value(), buffer.Data(),
                          std::min(buffer.ByteLength(), kLargestDatagram));
  if (message.length < 0) return env.Null();
  std::string destination;
  int ttl = 0;
  double age_us = 0;
  for (struct cmsghdr* each = CMSG_FIRSTHDR(&message.header); each != nullptr; each = CMSG_NXTHDR(&message.header, each)) {
    const void* data = CMSG_DATA(each);
    if ((each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_TTL) ||
        (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_HOPLIMIT)) {
      std::memcpy(&ttl, data, sizeof ttl);
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec stamp;
      std::memcpy(&stamp, data, sizeof stamp);
      age_us = AgeUs(stamp);
    } else if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      destination = TextOf(AF_INET, &static_cast<const struct in_pktinfo*>(data)->ipi_addr);
    } else if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      destination = TextOf(AF_INET6, &static_cast<const struct in6_pktinfo*>(data)->ipi6_addr);
    }
  }
  std::string source = message.from.ss_family == AF_INET6
                           ? TextOf(AF_INET6, &reinterpret_cast<struct sockaddr_in6*>(&message.from)->sin6_addr)
                           : TextOf(AF_INET, &reinterpret_cast<struct sockaddr_in*>(&message.from)->sin_addr);
  Napi::Object result = Napi::Object::New(env);
  result.Set("bytes", Napi::Number::New(env, static_cast<double>(message.length)));
  result.Set("source", Napi::String::New(env, source));
  result.Set("destination", Napi::String::New(env, destination));
  result.Set("ttl", Napi::Number::New(env, ttl));
  result.Set("ageUs", Napi::Number::New(env, age_us));
  return result;
}

}  // namespace

void InitUdpSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("openUdpListener", Napi::Function::New(env, OpenUdpListener));
  exports.Set("openUdpSender", Napi::Function::New(env, OpenUdpSender));
  exports.Set("sendUdp", Napi::Function::New(env, SendUdp));
  exports.Set("receiveUdp", Napi::Function::New(env, ReceiveUdp));
}
