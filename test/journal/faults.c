/*
 * Stands between a process and the C library, for files below $FAULT_DIRECTORY: makes their writes and syncs fail or wait, and keeps
 * what was synced. Loaded by LD_PRELOAD; the test compiles it.
 *
 * $FAULT_ORDER is a file that holds one word: ok, eio (writes and syncs fail), slow (each sync takes 20 ms), hang (syncs wait until
 * the word is another), block (so does everything that opens, reads or writes, as with a file server that is gone). With $FAULT_SHADOW set, a synced file is copied there under its inode's number, and a synced directory
 * leaves the names that it has: what a power cut leaves at the least.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

typedef ssize_t (*write_function)(int, const void *, size_t);
typedef ssize_t (*pwrite_function)(int, const void *, size_t, off_t);
typedef int (*sync_function)(int);
typedef int (*open_function)(const char *, int, mode_t);

static pthread_mutex_t shadow_lock = PTHREAD_MUTEX_INITIALIZER;

static int is_below(const char *path) {
  const char *directory = getenv("FAULT_DIRECTORY");
  if (directory == NULL || strncmp(path, directory, strlen(directory)) != 0) return 0;
  char next = path[strlen(directory)];
  return next == '/' || next == 0;
}

static int is_watched(int fd, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static void order(char *word, size_t size) {
  const char *path = getenv("FAULT_ORDER");
  strcpy(word, "ok");
  if (path == NULL) return;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length = read(fd, word, size - 1);
  close(fd);
  if (length <= 0) strcpy(word, "ok");
  else word[length] = 0;
}

static void blocked(void) {
  char word[16];
  for (order(word, sizeof word); strcmp(word, "block") == 0; order(word, sizeof word)) usleep(5000);
}

static int fails(int fd) {
  char path[4096], word[16];
  if (!is_watched(fd, path, sizeof path)) return 0;
  blocked();
  order(word, sizeof word);
  if (strcmp(word, "eio") != 0) return 0;
  errno = EIO;
  return 1;
}

static void copy_file(int fd, const char *to) {
  char draft[4200], buffer[65536];
  snprintf(draft, sizeof draft, "%s.new", to);
  int out = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) abort();
  off_t at = 0;
  ssize_t length;
  write_function real = (write_function)dlsym(RTLD_NEXT, "write");
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
  int in = open(own, O_RDONLY | O_CLOEXEC);
  while ((length = pread(in, buffer, sizeof buffer, at)) > 0) {
    if (real(out, buffer, (size_t)length) != length) abort();
    at += length;
  }
  close(in);
  close(out);
  rename(draft, to);
}

static void keep_names(const char *path, const char *to) {
  char draft[4200];
  snprintf(draft, sizeof draft, "%s.new", to);
  FILE *out = fopen(draft, "we");
  DIR *directory = opendir(path);
  if (out == NULL || directory == NULL) abort();
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (entry->d_type == DT_REG) fprintf(out, "%s\t%llu\n", entry->d_name, (unsigned long long)entry->d_ino);
  closedir(directory);
  fclose(out);
  rename(draft, to);
}

static void keep_synced(int fd, const char *path) {
  const char *shadow = getenv("FAULT_SHADOW");
  struct stat status;
  char to[4096];
  if (shadow == NULL || fstat(fd, &status) != 0) return;
  pthread_mutex_lock(&shadow_lock);
  if (S_ISDIR(status.st_mode)) {
    snprintf(to, sizeof to, "%s/names", shadow);
    keep_names(path, to);
  } else {
    snprintf(to, sizeof to, "%s/%llu", shadow, (unsigned long long)status.st_ino);
    copy_file(fd, to);
  }
  pthread_mutex_unlock(&shadow_lock);
}

static int synced(int fd, const char *name) {
  char path[4096], word[16];
  if (is_watched(fd, path, sizeof path)) {
    blocked();
    order(word, sizeof word);
    if (strcmp(word, "eio") == 0) {
      errno = EIO;
      return -1;
    }
    if (strcmp(word, "slow") == 0) usleep(20000);
    while (strcmp(word, "hang") == 0) {
      usleep(5000);
      order(word, sizeof word);
    }
    keep_synced(fd, path);
  }
  return ((sync_function)dlsym(RTLD_NEXT, name))(fd);
}

int fsync(int fd) { return synced(fd, "fsync"); }

int fdatasync(int fd) { return synced(fd, "fdatasync"); }

ssize_t write(int fd, const void *bytes, size_t size) {
  return fails(fd) ? -1 : ((write_function)dlsym(RTLD_NEXT, "write"))(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  return fails(fd) ? -1 : ((pwrite_function)dlsym(RTLD_NEXT, "pwrite"))(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
  return fails(fd) ? -1 : ((pwrite_function)dlsym(RTLD_NEXT, "pwrite64"))(fd, bytes, size, at);
}

/** Below the directory, as the caller names it. */
static int opened(const char *name, const char *path, int flags, mode_t mode) {
  if (is_below(path)) blocked();
  return ((open_function)dlsym(RTLD_NEXT, name))(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened("open64", path, flags, mode);
}
