// Ethernet frames out, and what the kernel says about an interface.
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {}
  ~ScopedFd() {
    if (fd_ >= 0) close(fd_);
  }
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// openPacketSocket(): number
Napi::Value OpenPacketSocket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  // Protocol 0: the kernel hands no packet to this socket, so nothing ever has to be read from it.
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw SystemError(env, errno, "socket");
  return Napi::Number::New(env, fd);
}

// sendFrame(fd: number, ifindex: number, frame: Uint8Array): void
void SendFrame(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsTypedArray())
    throw Napi::TypeError::New(env, "sendFrame(fd, ifindex, frame) wants two numbers and a Uint8Array");
  Napi::TypedArray array = info[2].As<Napi::TypedArray>();
  if (array.TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(env, "sendFrame: the frame is not a Uint8Array");
  Napi::Uint8Array frame = array.As<Napi::Uint8Array>();
  if (frame.ByteLength() < sizeof(struct ether_header)) throw SystemError(env, EINVAL, "sendto");

  struct ether_header header;
  std::memcpy(&header, frame.Data(), sizeof header);
  struct sockaddr_ll to {};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = info[1].As<Napi::Number>().Int32Value();
  to.sll_protocol = header.ether_type;
  to.sll_halen = ETH_ALEN;
  std::memcpy(to.sll_addr, header.ether_dhost, ETH_ALEN);

  int fd = info[0].As<Napi::Number>().Int32Value();
  ssize_t sent;
  do {
    sent = sendto(fd, frame.Data(), frame.ByteLength(), MSG_DONTWAIT, reinterpret_cast<struct sockaddr*>(&to),
                  sizeof to);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) throw SystemError(env, errno, "sendto");
}

// interfaceInfo(name: string): {index, hardwareType, mac, flags} | null
Napi::Value InterfaceInfo(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(env, "interfaceInfo wants a string");
  std::string name = info[0].As<Napi::String>().Utf8Value();
  if (name.empty() || name.size() >= IFNAMSIZ) return env.Null();

  ScopedFd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (control.get() < 0) throw SystemError(env, errno, "socket");
  // One request block for each call: the kernel's answers share a union.
  struct ifreq index {}, flags {}, hardware {};
  name.copy(index.ifr_name, IFNAMSIZ - 1);
  name.copy(flags.ifr_name, IFNAMSIZ - 1);
  name.copy(hardware.ifr_name, IFNAMSIZ - 1);
  if (ioctl(control.get(), SIOCGIFINDEX, &index) != 0 || ioctl(control.get(), SIOCGIFFLAGS, &flags) != 0 ||
      ioctl(control.get(), SIOCGIFHWADDR, &hardware) != 0) {
    if (errno == ENODEV) return env.Null();
    throw SystemError(env, errno, "ioctl");
  }

  char mac[18];
  const auto* octets = reinterpret_cast<const unsigned char*>(hardware.ifr_hwaddr.sa_data);
  std::snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0], octets[1], octets[2], octets[3],
                octets[4], octets[5]);
  Napi::Object result = Napi::Object::New(env);
  result.Set("index", Napi::Number::New(env, index.ifr_ifindex));
  result.Set("hardwareType", Napi::Number::New(env, hardware.ifr_hwaddr.sa_family));
  result.Set("mac", Napi::String::New(env, mac));
  result.Set("flags", Napi::Number::New(env, static_cast<unsigned short>(flags.ifr_flags)));
  return result;
}

// interfaceIndex(name: string): number | null
Napi::Value InterfaceIndex(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(env, "interfaceIndex wants a string");
  unsigned int index = if_nametoindex(info[0].As<Napi::String>().Utf8Value().c_str());
  if (index != 0) return Napi::Number::New(env, index);
  if (errno == ENODEV || errno == ENXIO || errno == EINVAL) return env.Null();
  throw SystemError(env, errno, "if_nametoindex");
}

}  // namespace

void InitPacketSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("openPacketSocket", Napi::Function::New(env, OpenPacketSocket));
  exports.Set("sendFrame", Napi::Function::New(env, SendFrame));
  exports.Set("interfaceInfo", Napi::Function::New(env, InterfaceInfo));
  exports.Set("interfaceIndex", Napi::Function::New(env, InterfaceIndex));
}
