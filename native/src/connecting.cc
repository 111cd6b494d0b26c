#include "connecting.h"

#include <unistd.h>

namespace {

template <typename T>
bool Set(int fd, int level, int name, T value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// Device and mark first: they decide which routes and addresses the socket has. Gives the system call that failed, or null.
const char* Configure(int fd, int type, int family, const ConnectOrigin& origin) {
  const auto& [from, device, mark] = origin;
  // Without it only a port where nobody listens is told of, and no host or network that cannot be reached.
  if (type == SOCK_DGRAM && !(family == AF_INET6 ? Set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) : Set(fd, IPPROTO_IP, IP_RECVERR, 1)))
    return "setsockopt";
  if (!device.empty() &&
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.c_str(), static_cast<socklen_t>(device.size() + 1)) != 0)
    return "setsockopt";
  if (mark != 0 && !Set(fd, SOL_SOCKET, SO_MARK, mark)) return "setsockopt";
  if (!from) return nullptr;
  if (!Set(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return "setsockopt";
  return bind(fd, from->get(), from->length) == 0 ? nullptr : "bind";
}

}  // namespace

ConnectFailure StartConnecting(int type, const SocketAddress& to, const ConnectOrigin& origin, int* fd) {
  int opened = socket(to.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (opened < 0) return {errno, "socket"};
  const char* failed = Configure(opened, type, to.family(), origin);
  if (failed == nullptr && connect(opened, to.get(), to.length) != 0 && errno != EINPROGRESS) failed = "connect";
  if (failed == nullptr) {
    *fd = opened;
    return {};
  }
  ConnectFailure failure{errno, failed};
  close(opened);
  return failure;
}

ConnectOrigin OriginOf(Napi::Env env, const SocketAddress& to, const std::string& source, uint16_t port,
                       const std::string& device, uint32_t mark) {
  ConnectOrigin origin{std::nullopt, device, mark};
  const char* anywhere = to.family() == AF_INET6 ? "::" : "0.0.0.0";
  if (!source.empty() || port != 0) origin.from.emplace(env, source.empty() ? anywhere : source, port);
  return origin;
}
