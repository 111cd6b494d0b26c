/* Pid files of a worker, in the hands of the watchdog. */
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker.h"

static int kept[MOST_PID_FILES] = {-1, -1};

void take_pid_files(struct life_page *page, pid_t worker) {
  for (int at = 0; at < MOST_PID_FILES; at++) {
    int theirs = page->pid_files[at];
    if (theirs < 0 || kept[at] >= 0) continue;
    int process = (int)syscall(SYS_pidfd_open, worker, 0);
    if (process < 0) return;
    kept[at] = (int)syscall(SYS_pidfd_getfd, process, theirs, 0);
    close(process);
    page->held_pid_files[at] = kept[at] < 0 ? 0 : kept[at];
  }
}

void remove_pid_files(void) {
  for (int at = 0; at < MOST_PID_FILES; at++) {
    char place[64], path[4096];
    struct stat locked, named;
    if (kept[at] < 0) continue;
    snprintf(place, sizeof place, "/proc/self/fd/%d", kept[at]);
    ssize_t length = readlink(place, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    bool is_ours = fstat(kept[at], &locked) == 0 && stat(path, &named) == 0 &&
      locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
    if (is_ours) unlink(path);
  }
}
