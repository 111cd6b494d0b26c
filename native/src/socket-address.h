// An IPv4 or IPv6 address in text and a port, as system calls take them.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include <napi.h>

#include "system-error.h"

struct SocketAddress {
  struct sockaddr_storage storage {};
  socklen_t length = 0;

  SocketAddress() = default;

  SocketAddress(Napi::Env env, const std::string& text, uint16_t port) {
    auto* v4 = reinterpret_cast<struct sockaddr_in*>(&storage);
    auto* v6 = reinterpret_cast<struct sockaddr_in6*>(&storage);
    if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
      length = sizeof *v4;
    } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      length = sizeof *v6;
    } else {
      throw SystemError(env, EINVAL, "inet_pton");
    }
  }

  int family() const { return storage.ss_family; }
  const struct sockaddr* get() const { return reinterpret_cast<const struct sockaddr*>(&storage); }
};

inline void BindTo(Napi::Env env, int fd, const SocketAddress& address) {
  if (bind(fd, address.get(), address.length) != 0) throw SystemError(env, errno, "bind");
}

template <typename T>
void SetOption(Napi::Env env, int fd, int level, int name, T value) {
  if (setsockopt(fd, level, name, &value, sizeof value) != 0) throw SystemError(env, errno, "setsockopt");
}
