/* What the service manager is told in the worker's name (sd_notify). */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "worker.h"

static void say(const char *text) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof address.sun_path) return;
  memcpy(address.sun_path, path, strlen(path));
  if (path[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
  close(fd);
}

void tell_service_manager(const struct life_page *page) {
  static uint32_t stopping, reloading, ready;
  char text[128];
  if (page->said_stopping != stopping) say("STOPPING=1\n");
  if (page->said_reloading != reloading) {
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%.0f\n", page->reloading_us);
    say(text);
  }
  if (page->said_ready != ready) {
    snprintf(text, sizeof text, "READY=1\nMAINPID=%d\n", (int)getpid());
    say(text);
  }
  stopping = page->said_stopping;
  reloading = page->said_reloading;
  ready = page->said_ready;
}
