/* What a start plan depends on, looked at again. Whatever cannot be looked at is a reason to do nothing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "starter.h"

/* As the reader of configurations has them (src/host/config-files.ts). */
#define MOST_FILE_BYTES (16u << 20)
#define MOST_ENTRIES 100000u

static bool is_same(const char *digest, struct sha256 *hash) {
  char found[DIGEST_TEXT + 1];
  sha256_end(hash, found);
  return strncmp(digest, found, DIGEST_TEXT) == 0;
}

/* `DIGEST PATH`: gives the path; NULL if it is malformed. */
static const char *behind_digest(const char *value) {
  return strlen(value) > DIGEST_TEXT + 1 && value[DIGEST_TEXT] == ' ' ? value + DIGEST_TEXT + 1 : NULL;
}

static bool hash_file(int fd, struct sha256 *hash) {
  unsigned char piece[16384];
  size_t total = 0;
  for (;;) {
    ssize_t count = read(fd, piece, sizeof piece);
    if (count == 0) return true;
    if (count < 0 || (total += (size_t)count) > MOST_FILE_BYTES) return false;
    sha256_add(hash, piece, (size_t)count);
  }
}

/* A file with this content, which is not executable: such a file is not read as a configuration. */
static bool file_holds(const char *value, struct reason *why) {
  const char *path = behind_digest(value);
  struct stat about;
  if (path == NULL) return refuse(why, "the plan is malformed");
  /* Looked at before it is opened: opening a device may do anything. */
  if (stat(path, &about) != 0) return refuse(why, "%s: %s", path, strerror(errno));
  if (!S_ISREG(about.st_mode) || (about.st_mode & 0111) != 0) return refuse(why, "%s is another kind of file", path);
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return refuse(why, "%s: %s", path, strerror(errno));
  struct sha256 hash;
  sha256_begin(&hash);
  bool is_read = hash_file(fd, &hash);
  close(fd);
  if (!is_read) return refuse(why, "%s cannot be read", path);
  return is_same(value, &hash) || refuse(why, "%s has changed", path);
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Every name that a directory has, in the order of their bytes. */
static bool hash_names(DIR *directory, struct sha256 *hash) {
  char **names = NULL;
  size_t count = 0, room = 0;
  bool fits = true;
  for (struct dirent *entry; fits && (entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (count == room) {
      room = room == 0 ? 64 : room * 2;
      char **more = realloc(names, room * sizeof *names);
      if (more == NULL) fits = false;
      else names = more;
    }
    if (fits) fits = count < MOST_ENTRIES && (names[count++] = strdup(entry->d_name)) != NULL;
  }
  if (fits && count > 0) qsort(names, count, sizeof *names, by_bytes);
  for (size_t at = 0; at < count; at++) {
    if (fits) sha256_add(hash, names[at], strlen(names[at]) + 1);
    free(names[at]);
  }
  free(names);
  return fits;
}

static bool listing_holds(const char *value, struct reason *why) {
  const char *path = behind_digest(value);
  if (path == NULL) return refuse(why, "the plan is malformed");
  DIR *directory = opendir(path);
  if (directory == NULL) return refuse(why, "%s: %s", path, strerror(errno));
  struct sha256 hash;
  sha256_begin(&hash);
  bool is_read = hash_names(directory, &hash);
  closedir(directory);
  if (!is_read) return refuse(why, "%s cannot be listed", path);
  return is_same(value, &hash) || refuse(why, "files came into %s or went out of it", path);
}

static bool absence_holds(const char *path, struct reason *why) {
  struct stat about;
  if (stat(path, &about) == 0) return refuse(why, "there is a file %s now", path);
  return errno == ENOENT || errno == ENOTDIR || refuse(why, "%s: %s", path, strerror(errno));
}

/* `PATH<tab>REAL PATH` */
static bool place_holds(const char *value, struct reason *why) {
  const char *real = strchr(value, '\t');
  char path[PATH_MAX], found[PATH_MAX];
  if (real == NULL || (size_t)(real - value) >= sizeof path) return refuse(why, "the plan is malformed");
  memcpy(path, value, (size_t)(real - value));
  path[real - value] = '\0';
  if (realpath(path, found) == NULL) return refuse(why, "%s: %s", path, strerror(errno));
  return strcmp(found, real + 1) == 0 || refuse(why, "%s leads elsewhere", path);
}

/* `DIGEST NAME`: of its value. */
static bool variable_holds(const char *value, struct reason *why) {
  const char *name = behind_digest(value);
  if (name == NULL) return refuse(why, "the plan is malformed");
  const char *text = getenv(name);
  struct sha256 hash;
  sha256_begin(&hash);
  if (text != NULL) sha256_add(&hash, text, strlen(text));
  return (text != NULL && is_same(value, &hash)) || refuse(why, "the environment variable %s is another", name);
}

static bool words_hold(const char *digest, const struct start *start, struct reason *why) {
  struct sha256 hash;
  sha256_begin(&hash);
  for (char **word = start->words; *word != NULL; word++) sha256_add(&hash, *word, strlen(*word) + 1);
  return (strlen(digest) == DIGEST_TEXT && is_same(digest, &hash)) || refuse(why, "the command line is another");
}

static bool host_holds(const char *name, struct reason *why) {
  struct utsname machine;
  return (uname(&machine) == 0 && strcmp(machine.nodename, name) == 0) || refuse(why, "the host has another name");
}

static bool directory_holds(const char *path, struct reason *why) {
  char found[PATH_MAX];
  return (getcwd(found, sizeof found) != NULL && strcmp(found, path) == 0) ||
    refuse(why, "the working directory is another than %s", path);
}

static bool is_unlocked(const char *path, struct reason *why) {
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR || refuse(why, "%s: %s", path, strerror(errno));
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  /* Asked for, not taken: whoever starts at the same time must not find it locked by us. */
  bool is_told = fcntl(fd, F_OFD_GETLK, &lock) == 0;
  close(fd);
  if (!is_told) return refuse(why, "%s: %s", path, strerror(errno));
  return lock.l_type == F_UNLCK || refuse(why, "a daemon is running (it has %s locked)", path);
}

bool nobody_runs(const struct plan *plan, struct reason *why) {
  unsigned files = 0;
  for (char *line = NULL; (line = plan_next(plan, line)) != NULL;) {
    const char *path = plan_value(line, "pid-file");
    if (path == NULL) continue;
    files++;
    if (!is_unlocked(path, why)) return false;
  }
  return files > 0 || refuse(why, "the plan names no pid file");
}

/* What a line of the plan demands; those of other modules demand nothing here. */
static bool line_holds(char *line, const struct start *start, struct reason *why) {
  const char *value;
  if ((value = plan_value(line, "file")) != NULL) return file_holds(value, why);
  if ((value = plan_value(line, "listing")) != NULL) return listing_holds(value, why);
  if ((value = plan_value(line, "absent")) != NULL) return absence_holds(value, why);
  if ((value = plan_value(line, "real")) != NULL) return place_holds(value, why);
  if ((value = plan_value(line, "variable")) != NULL) return variable_holds(value, why);
  if ((value = plan_value(line, "unset")) != NULL)
    return getenv(value) == NULL || refuse(why, "the environment variable %s is set now", value);
  if ((value = plan_value(line, "words")) != NULL) return words_hold(value, start, why);
  if ((value = plan_value(line, "host")) != NULL) return host_holds(value, why);
  if ((value = plan_value(line, "directory")) != NULL) return directory_holds(value, why);
  static const char *const others[] = {"place", "configuration", "pid-file", "namespace", "service", "server"};
  for (size_t at = 0; at < sizeof others / sizeof *others; at++) {
    if (plan_value(line, others[at]) != NULL) return true;
  }
  return refuse(why, "the plan has a line of an unknown kind");
}

bool conditions_hold(const struct plan *plan, const struct start *start, struct reason *why) {
  static const char *const needed[] = {"words", "host", "directory", "file", "configuration"};
  for (size_t at = 0; at < sizeof needed / sizeof *needed; at++) {
    if (plan_find(plan, needed[at]) == NULL) return refuse(why, "the plan is not whole");
  }
  for (char *line = NULL; (line = plan_next(plan, line)) != NULL;) {
    if (!line_holds(line, start, why)) return false;
  }
  return true;
}
