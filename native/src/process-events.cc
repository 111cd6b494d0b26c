// The kernel's connector of process events. It is asked and read as any other netlink socket.
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

int OpenHere() { return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR); }

// The kernel tells of processes in the network namespace of the first process only. A socket stays where it was opened.
int OpenAtFirstProcess() {
  int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (here < 0) return -1;
  int there = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
  int fd = -1;
  if (there >= 0 && setns(there, CLONE_NEWNET) == 0) {
    fd = OpenHere();
    int failed = errno;
    // Whatever this thread opened from now on would be in the wrong network.
    if (setns(here, CLONE_NEWNET) != 0) abort();
    errno = failed;
  }
  int failed = errno;
  if (there >= 0) close(there);
  close(here);
  errno = failed;
  return fd;
}

// openProcessEvents(receiveBufferBytes: number, force: boolean, atFirstProcess: boolean): number
Napi::Value OpenProcessEvents(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsNumber() || !info[1].IsBoolean() || !info[2].IsBoolean())
    throw Napi::TypeError::New(env, "openProcessEvents wants a number and two booleans");
  int fd = info[2].As<Napi::Boolean>().Value() ? OpenAtFirstProcess() : OpenHere();
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
