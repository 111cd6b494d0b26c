/* The file of a start plan: whether it is to be trusted, and its lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "starter.h"

/* Ten thousand virtual servers with ten real servers each have half of it. */
#define MOST_BYTES (64u << 20)
#define FORMAT "relived start plan 1 "

static bool read_whole(struct plan *plan, size_t length, struct reason *why) {
  plan->text = malloc(length + 1);
  if (plan->text == NULL) return refuse(why, "no memory");
  for (size_t done = 0; done < length;) {
    ssize_t count = read(plan->fd, plan->text + done, length - done);
    if (count <= 0) return refuse(why, "the plan cannot be read: %s", count < 0 ? strerror(errno) : "it is cut off");
    done += (size_t)count;
  }
  plan->text[length] = '\0';
  plan->length = length;
  return true;
}

/* Nobody but the user whom the daemon runs as can have written it, and nobody is writing it or starting by it. */
static bool is_own(struct plan *plan, struct stat *about, struct reason *why) {
  if (fstat(plan->fd, about) != 0) return refuse(why, "the plan: %s", strerror(errno));
  if (!S_ISREG(about->st_mode)) return refuse(why, "the plan is not a regular file");
  if (about->st_uid != geteuid()) return refuse(why, "the plan belongs to user %u", (unsigned)about->st_uid);
  if ((about->st_mode & 077) != 0) return refuse(why, "others may read or write the plan");
  if (about->st_nlink != 1) return refuse(why, "the plan has another name, too");
  if (about->st_size > (off_t)MOST_BYTES) return refuse(why, "the plan is too large");
  plan->is_in_use = flock(plan->fd, LOCK_EX | LOCK_NB) != 0;
  return !plan->is_in_use || refuse(why, "another start uses the plan");
}

/* `FORMAT DIGEST`, and then lines of which the digest is. */
static bool is_whole(struct plan *plan, struct reason *why) {
  size_t head = sizeof FORMAT - 1 + DIGEST_TEXT;
  if (plan->length <= head || memcmp(plan->text, FORMAT, sizeof FORMAT - 1) != 0 || plan->text[head] != '\n')
    return refuse(why, "the plan is of another version, or none");
  struct sha256 hash;
  char digest[DIGEST_TEXT + 1];
  sha256_begin(&hash);
  sha256_add(&hash, plan->text + head + 1, plan->length - head - 1);
  sha256_end(&hash, digest);
  if (memcmp(digest, plan->text + sizeof FORMAT - 1, DIGEST_TEXT) != 0) return refuse(why, "the plan is damaged");
  if (plan->text[plan->length - 1] != '\n' || memchr(plan->text, '\0', plan->length) != NULL)
    return refuse(why, "the plan is malformed");
  return true;
}

bool plan_take(struct plan *plan, const char *path, struct reason *why) {
  if (!is_whole(plan, why)) return false;
  for (char *end = plan->text; (end = strchr(end, '\n')) != NULL; end++) *end = '\0';
  const char *place = plan_find(plan, "place");
  if (place == NULL || strcmp(place, path) != 0) return refuse(why, "the plan was made for another place");
  return true;
}

bool plan_read(struct plan *plan, const char *path, struct reason *why) {
  struct stat about;
  *plan = (struct plan){.fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  why->text[0] = '\0';
  if (plan->fd < 0) return errno == ENOENT || errno == ENOTDIR ? false : refuse(why, "the plan: %s", strerror(errno));
  return is_own(plan, &about, why) && read_whole(plan, (size_t)about.st_size, why) && plan_take(plan, path, why);
}

void plan_close(struct plan *plan) {
  if (plan->fd >= 0) close(plan->fd);
  free(plan->text);
  *plan = (struct plan){.fd = -1};
}

char *plan_next(const struct plan *plan, char *line) {
  /* The first line is that of the digest. */
  char *next = line == NULL ? plan->text + strlen(plan->text) + 1 : line + strlen(line) + 1;
  return next < plan->text + plan->length ? next : NULL;
}

char *plan_value(char *line, const char *kind) {
  size_t length = strlen(kind);
  return strncmp(line, kind, length) == 0 && line[length] == ' ' ? line + length + 1 : NULL;
}

char *plan_find(const struct plan *plan, const char *kind) {
  for (char *line = NULL; (line = plan_next(plan, line)) != NULL;) {
    char *value = plan_value(line, kind);
    if (value != NULL) return value;
  }
  return NULL;
}
