/*
 * The start plan of a configuration that has none, or another: made now, by the daemon's own reading of it in an engine that is
 * there at once (native/planner).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "starter.h"

#define PLANNER "relived-planner"
#define CODE "planner.code"

enum {
  /* Node takes some times as long to come to the same: whoever is that slow is worth waiting for. */
  PLANNING_MS = 5000,
  NO_PLAN = 1,
  FAULT = 2,
};

/* `name` in the directory of `beside`. */
static bool neighbour(char path[PATH_MAX], const char *beside, const char *name) {
  const char *slash = strrchr(beside, '/');
  if (slash == NULL) return false;
  int length = snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - beside), beside, name);
  return length > 0 && length < PATH_MAX;
}

static _Noreturn void run_planner(const char *planner, const char *code, char **words, int output) {
  size_t count = 0;
  while (words[count] != NULL) count++;
  char **all = calloc(count + 3, sizeof *all);
  int nothing = open("/dev/null", O_RDWR);
  if (all == NULL || nothing < 0) _exit(127);
  all[0] = (char *)planner;
  all[1] = (char *)code;
  memcpy(all + 2, words, count * sizeof *all);
  dup2(nothing, 0);
  dup2(output, 1);
  dup2(nothing, 2);
  execv(planner, all);
  _exit(127);
}

/* Its exit status; -1: it was ended, by whatever. */
static int wait_for(pid_t child) {
  int exits = (int)syscall(SYS_pidfd_open, child, 0), status = 0;
  struct pollfd ended = {.fd = exits, .events = POLLIN};
  int ready;
  do ready = exits < 0 ? 0 : poll(&ended, 1, PLANNING_MS);
  while (ready < 0 && errno == EINTR);
  if (ready <= 0) kill(child, SIGKILL);
  if (exits >= 0) close(exits);
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What the planner has written in place of a plan; nothing, if nobody has to hear of it. */
static bool tell_why(int fd, const char *words, struct reason *why) {
  char text[REASON_BYTES / 2];
  ssize_t length = pread(fd, text, sizeof text - 1, 0);
  text[length > 0 ? length : 0] = '\0';
  for (char *at = text; *at != '\0'; at++) {
    if (*at == '\n') *at = ' ';
  }
  if (text[0] != '\0') refuse(why, "%s: %s", words, text);
  return false;
}

bool plan_make(struct plan *plan, char **words, const char *path, struct reason *why, bool *is_ordinary) {
  char self[PATH_MAX], planner[PATH_MAX], code[PATH_MAX];
  struct stat about;
  *plan = (struct plan){.fd = -1};
  *is_ordinary = false;
  why->text[0] = '\0';
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) return false;
  self[length] = '\0';
  /* A program that runs from its sources has none. */
  if (!neighbour(planner, self, PLANNER) || !neighbour(code, words[0], CODE) || access(code, R_OK) != 0) return false;
  plan->fd = memfd_create("start plan", MFD_CLOEXEC);
  if (plan->fd < 0) return refuse(why, "memfd_create: %s", strerror(errno));
  pid_t child = fork();
  if (child == 0) run_planner(planner, code, words, plan->fd);
  if (child < 0) return refuse(why, "fork: %s", strerror(errno));
  int status = wait_for(child);
  *is_ordinary = status == NO_PLAN;
  if (status == NO_PLAN) return tell_why(plan->fd, "no plan can be made", why);
  if (status < 0) return refuse(why, "making a plan took too long");
  if (status != 0) refuse(why, "making a plan has failed: %s ended with %d", PLANNER, status);
  if (status == FAULT) return tell_why(plan->fd, "making a plan has failed", why);
  if (status != 0 || fstat(plan->fd, &about) != 0 || lseek(plan->fd, 0, SEEK_SET) != 0)
    return false;
  return plan_take(plan, (size_t)about.st_size, path, why);
}
