// Lets keepalived's checkers run where the kernel has no IPVS: preloaded, it says yes to whatever the table is asked, by
// the socket options of old and by generic netlink. What checks cost is not touched by that; a table there is not.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// IP_VS_BASE_CTL of linux/ip_vs.h, and room for its commands.
enum { kFirst = 64 + 1024 + 64, kLast = kFirst + 40, kVersion = 0x010201, kTableSize = 4096, kAckCallback = 4 };

static int is_about_ipvs(int level, int option) {
  return level == IPPROTO_IP && option >= kFirst && option <= kLast;
}

int getsockopt(int fd, int level, int option, void* value, socklen_t* length) {
  if (!is_about_ipvs(level, option)) {
    int (*real)(int, int, int, void*, socklen_t*) = dlsym(RTLD_NEXT, "getsockopt");
    return real(fd, level, option, value, length);
  }
  if (value == NULL || length == NULL) return 0;
  memset(value, 0, *length);
  unsigned answer[] = {kVersion, kTableSize};
  if (option <= kFirst + 1) memcpy(value, answer, *length < sizeof answer ? *length : sizeof answer);
  return 0;
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t length) {
  if (is_about_ipvs(level, option)) return 0;
  int (*real)(int, int, int, const void*, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");
  return real(fd, level, option, value, length);
}

// libnl, as far as keepalived needs it for the table: everything is sent, and acknowledged.
typedef int (*callback)(void*, void*);
static callback acknowledged;
static void* acknowledged_argument;

int genl_connect(void* socket) { return 0; }
int genl_ctrl_resolve(void* socket, const char* name) { return 20; }
int nl_send_auto_complete(void* socket, void* message) { return 0; }
int nl_send_auto(void* socket, void* message) { return 0; }
int nl_wait_for_ack(void* socket) { return 0; }

int nl_socket_modify_cb(void* socket, int type, int kind, callback function, void* argument) {
  if (type == kAckCallback) {
    acknowledged = function;
    acknowledged_argument = argument;
  }
  int (*real)(void*, int, int, callback, void*) = dlsym(RTLD_NEXT, "nl_socket_modify_cb");
  return real(socket, type, kind, function, argument);
}

int nl_recvmsgs_default(void* socket) {
  if (acknowledged != NULL) acknowledged(NULL, acknowledged_argument);
  return 0;
}
