// One recvmsg that does not wait, with room for where it comes from and for control messages.
#pragma once

#include <cerrno>
#include <sys/socket.h>

#include <napi.h>

#include "system-error.h"

struct ReceivedMessage {
  struct sockaddr_storage from {};
  struct msghdr header {};
  // What does not fit the buffer is cut. -1: nothing waits.
  ssize_t length = -1;

  ReceivedMessage(Napi::Env env, int fd, void* buffer, size_t bytes) : part_{buffer, bytes} {
    header.msg_name = &from;
    header.msg_namelen = sizeof from;
    header.msg_iov = &part_;
    header.msg_iovlen = 1;
    header.msg_control = control_;
    header.msg_controllen = sizeof control_;
    do {
      length = recvmsg(fd, &header, MSG_DONTWAIT);
    } while (length < 0 && errno == EINTR);
    if (length < 0 && errno != EAGAIN) throw SystemError(env, errno, "recvmsg");
  }

  // It points into itself.
  ReceivedMessage(const ReceivedMessage&) = delete;
  ReceivedMessage& operator=(const ReceivedMessage&) = delete;

 private:
  struct iovec part_;
  alignas(struct cmsghdr) char control_[256];
};
