// A socket with one peer, and with what a health check may ask for and Node does not give: a mark, an interface.
#pragma once

#include <optional>
#include <string>

#include "socket-address.h"

struct ConnectOrigin {
  // None: what the routes say.
  std::optional<SocketAddress> from;
  // '': none.
  std::string device;
  // 0: none.
  uint32_t mark = 0;
};

// Which system call failed, and how; errnum is 0 if none did.
struct ConnectFailure {
  int errnum = 0;
  const char* syscall = "";
};

// Begins to connect a SOCK_STREAM or SOCK_DGRAM socket that blocks nobody; `fd` is open afterwards if nothing failed.
ConnectFailure StartConnecting(int type, const SocketAddress& to, const ConnectOrigin& origin, int* fd);

// Source '' with port 0 is none. Throws for what is no address.
ConnectOrigin OriginOf(Napi::Env env, const SocketAddress& to, const std::string& source, uint16_t port,
                       const std::string& device, uint32_t mark);
