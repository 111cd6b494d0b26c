/* Whether a worker hangs: it says nothing, although it could. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker.h"

/* From here on it is looked at whether it gets a processor. */
enum { SUSPICIOUS_US = 1000000 };

/* State of the worker's event loop, its main thread, as in /proc; 0: not known. */
static char state_of_loop(pid_t worker, int64_t *used_us) {
  char place[64], text[1024], state = 0;
  unsigned long user = 0, system = 0;
  snprintf(place, sizeof place, "/proc/%d/task/%d/stat", (int)worker, (int)worker);
  int fd = open(place, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  text[length > 0 ? length : 0] = '\0';
  /* Its name stands in parentheses and may have some of its own. */
  const char *rest = strrchr(text, ')');
  const char *form = ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu";
  if (rest == NULL || sscanf(rest, form, &state, &user, &system) != 3) return 0;
  *used_us = (int64_t)(user + system) * 1000000 / sysconf(_SC_CLK_TCK);
  return state;
}

/*
 * How much of the time of a look the worker could have spoken in: all of it, unless its event loop waits for a processor. On a
 * machine that is overloaded another start would make it worse.
 */
static int64_t chance_us(struct silence *silence, pid_t worker, int64_t look_us) {
  int64_t before_us = silence->used_us, used_us = -1;
  char state = state_of_loop(worker, &used_us);
  silence->used_us = used_us;
  if (state != 'R' || before_us < 0 || used_us - before_us >= look_us) return look_us;
  return used_us - before_us;
}

bool is_silent_for(struct silence *silence, const struct life_page *page, pid_t worker, unsigned look_ms, unsigned allowed_ms) {
  int64_t look_us = look_ms * INT64_C(1000);
  if (page->beat_us != silence->last_beat) {
    silence->silent_us = 0;
    silence->used_us = -1;
  } else if (look_ms > 0) {
    silence->silent_us += silence->silent_us < SUSPICIOUS_US ? look_us : chance_us(silence, worker, look_us);
  }
  silence->last_beat = page->beat_us;
  if (silence->silent_us < allowed_ms * INT64_C(1000)) return false;
  silence->silent_us = 0;
  return true;
}
