/* What the program may ask of the machine: names, files and directories, what getent writes, SHA-256. Nothing here changes anything. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quickjs.h>

#include "../starter/starter.h"
#include "planner.h"

extern char **environ;

enum { MOST_READ = 1 << 20, MOST_NAMES = 100000 };

static JSValue failed(JSContext *context) { return JS_NewInt32(context, -errno); }

/* NULL: an exception stands. A path with a zero in it is one that nothing has. */
static const char *path_of(JSContext *context, JSValueConst value) {
  size_t length;
  const char *path = JS_ToCStringLen(context, &length, value);
  if (path == NULL || strlen(path) == length) return path;
  JS_FreeCString(context, path);
  JS_ThrowTypeError(context, "a path with a zero in it");
  return NULL;
}

/* Undefined: it is no UTF-8, and would come back as something else. */
static JSValue text_of(JSContext *context, const char *bytes, size_t length) {
  JSValue text = JS_NewStringLen(context, bytes, length);
  size_t back;
  const char *again = JS_IsException(text) ? NULL : JS_ToCStringLen(context, &back, text);
  if (again == NULL) return text;
  bool is_same = back == length && memcmp(again, bytes, length) == 0;
  JS_FreeCString(context, again);
  if (is_same) return text;
  JS_FreeValue(context, text);
  return JS_UNDEFINED;
}

static JSValue host_open(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  int32_t flags;
  const char *path = path_of(context, values[0]);
  if (path == NULL || JS_ToInt32(context, &flags, values[1]) != 0) return JS_EXCEPTION;
  int fd = open(path, O_RDONLY | (flags & (O_NONBLOCK | O_NOCTTY)) | O_CLOEXEC);
  JSValue result = fd < 0 ? failed(context) : JS_NewInt32(context, fd);
  JS_FreeCString(context, path);
  return result;
}

static JSValue host_read(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  int32_t fd, most;
  if (JS_ToInt32(context, &fd, values[0]) != 0 || JS_ToInt32(context, &most, values[1]) != 0) return JS_EXCEPTION;
  if (most < 0 || most > MOST_READ) most = MOST_READ;
  uint8_t *bytes = malloc((size_t)most + 1);
  if (bytes == NULL) return JS_ThrowOutOfMemory(context);
  ssize_t got = read(fd, bytes, (size_t)most);
  JSValue result = got < 0 ? failed(context) : JS_NewArrayBufferCopy(context, bytes, (size_t)got);
  free(bytes);
  return result;
}

static JSValue host_close(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  int32_t fd;
  if (JS_ToInt32(context, &fd, values[0]) != 0) return JS_EXCEPTION;
  close(fd);
  return JS_UNDEFINED;
}

static JSValue about(JSContext *context, const struct stat *found) {
  JSValue list = JS_NewArray(context);
  double changed_ms = (double)found->st_ctim.tv_sec * 1e3 + (double)found->st_ctim.tv_nsec / 1e6;
  double all[] = {found->st_mode, found->st_uid, found->st_gid, (double)found->st_size, changed_ms};
  for (uint32_t at = 0; at < sizeof all / sizeof *all; at++)
    JS_SetPropertyUint32(context, list, at, JS_NewFloat64(context, all[at]));
  return list;
}

static JSValue host_stat(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  struct stat found;
  const char *path = path_of(context, values[0]);
  if (path == NULL) return JS_EXCEPTION;
  int flags = JS_ToBool(context, values[1]) > 0 ? 0 : AT_SYMLINK_NOFOLLOW;
  JSValue result = fstatat(AT_FDCWD, path, &found, flags) != 0 ? failed(context) : about(context, &found);
  JS_FreeCString(context, path);
  return result;
}

static JSValue host_stat_open(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  struct stat found;
  int32_t fd;
  if (JS_ToInt32(context, &fd, values[0]) != 0) return JS_EXCEPTION;
  return fstat(fd, &found) != 0 ? failed(context) : about(context, &found);
}

static JSValue names_in(JSContext *context, DIR *directory) {
  JSValue list = JS_NewArray(context);
  uint32_t count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    JSValue name = text_of(context, entry->d_name, strlen(entry->d_name));
    if (!JS_IsString(name) || count == MOST_NAMES) {
      JS_FreeValue(context, list);
      return JS_UNDEFINED;
    }
    JS_SetPropertyUint32(context, list, count++, name);
  }
  return list;
}

static JSValue host_list(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  const char *path = path_of(context, values[0]);
  if (path == NULL) return JS_EXCEPTION;
  DIR *directory = opendir(path);
  JSValue result = directory == NULL ? failed(context) : names_in(context, directory);
  if (directory != NULL) closedir(directory);
  JS_FreeCString(context, path);
  return result;
}

static JSValue host_real_path(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  char found[PATH_MAX];
  const char *path = path_of(context, values[0]);
  if (path == NULL) return JS_EXCEPTION;
  JSValue result = realpath(path, found) == NULL ? failed(context) : text_of(context, found, strlen(found));
  JS_FreeCString(context, path);
  return result;
}

static JSValue host_text(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  size_t size;
  uint32_t offset, length;
  uint8_t *bytes = JS_GetArrayBuffer(context, &size, values[0]);
  if (bytes == NULL && size > 0) return JS_EXCEPTION;
  if (JS_ToUint32(context, &offset, values[1]) != 0 || JS_ToUint32(context, &length, values[2]) != 0) return JS_EXCEPTION;
  if (offset > size || length > size - offset) return JS_ThrowRangeError(context, "outside of the buffer");
  return length == 0 ? JS_NewString(context, "") : text_of(context, (const char *)bytes + offset, length);
}

static JSValue host_bytes(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, values[0]);
  if (text == NULL) return JS_EXCEPTION;
  JSValue result = JS_NewArrayBufferCopy(context, (const uint8_t *)text, length);
  JS_FreeCString(context, text);
  return result;
}

/* A typed array, or a text as UTF-8. */
static bool add_piece(JSContext *context, struct sha256 *hash, JSValueConst piece) {
  size_t offset, length, size;
  if (JS_IsString(piece)) {
    const char *text = JS_ToCStringLen(context, &length, piece);
    if (text != NULL) sha256_add(hash, text, length);
    JS_FreeCString(context, text);
    return text != NULL;
  }
  JSValue buffer = JS_GetTypedArrayBuffer(context, piece, &offset, &length, NULL);
  uint8_t *bytes = JS_IsException(buffer) ? NULL : JS_GetArrayBuffer(context, &size, buffer);
  if (bytes != NULL) sha256_add(hash, bytes + offset, length);
  bool is_buffer = !JS_IsException(buffer);
  JS_FreeValue(context, buffer);
  return is_buffer;
}

static JSValue host_digest(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  struct sha256 hash;
  char text[DIGEST_TEXT + 1];
  uint32_t pieces;
  JSValue length = JS_GetPropertyStr(context, values[0], "length");
  if (JS_ToUint32(context, &pieces, length) != 0) return JS_EXCEPTION;
  sha256_begin(&hash);
  for (uint32_t at = 0; at < pieces; at++) {
    JSValue piece = JS_GetPropertyUint32(context, values[0], at);
    bool is_added = add_piece(context, &hash, piece);
    JS_FreeValue(context, piece);
    if (!is_added) return JS_EXCEPTION;
  }
  sha256_end(&hash, text);
  return JS_NewString(context, text);
}

static JSValue host_error_name(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  int32_t number;
  if (JS_ToInt32(context, &number, values[0]) != 0) return JS_EXCEPTION;
  const char *name = strerrorname_np(number);
  JSValue both = JS_NewArray(context);
  JS_SetPropertyUint32(context, both, 0, JS_NewString(context, name == NULL ? "EUNKNOWN" : name));
  JS_SetPropertyUint32(context, both, 1, JS_NewString(context, strerror(number)));
  return both;
}

/* NULL: no memory. Ends in NULL. The texts live as long as the process does. */
static char **words_of(JSContext *context, JSValueConst list) {
  uint32_t count;
  if (JS_ToUint32(context, &count, JS_GetPropertyStr(context, list, "length")) != 0) return NULL;
  char **words = calloc((size_t)count + 1, sizeof *words);
  for (uint32_t at = 0; words != NULL && at < count; at++)
    words[at] = (char *)JS_ToCString(context, JS_GetPropertyUint32(context, list, at));
  return words;
}

/* What a program writes. It ends by itself: getent and the like. relived-starter ends this process if it does not. */
static JSValue host_output(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  static char text[1 << 16];
  int ends[2], status;
  char **words = words_of(context, values[0]);
  if (words == NULL || words[0] == NULL) return JS_ThrowOutOfMemory(context);
  if (pipe2(ends, O_CLOEXEC) != 0) return failed(context);
  pid_t child = fork();
  if (child == 0) {
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(ends[1], 1);
    dup2(nothing, 2);
    execvp(words[0], words);
    _exit(127);
  }
  close(ends[1]);
  size_t length = 0;
  for (ssize_t got; child > 0 && (got = read(ends[0], text + length, sizeof text - length)) > 0;) length += (size_t)got;
  close(ends[0]);
  if (child < 0 || waitpid(child, &status, 0) != child) return failed(context);
  return length == 0 ? JS_NewString(context, "") : text_of(context, text, length);
}

static FILE *output_file;
static JSValue host_write(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this, (void)count;
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, values[0]);
  if (text == NULL) return JS_EXCEPTION;
  /* Whether it could be is asked in the end. */
  fwrite(text, 1, length, output_file);
  JS_FreeCString(context, text);
  return JS_UNDEFINED;
}

static const JSCFunctionListEntry FUNCTIONS[] = {
  JS_CFUNC_DEF("open", 2, host_open),
  JS_CFUNC_DEF("read", 2, host_read),
  JS_CFUNC_DEF("close", 1, host_close),
  JS_CFUNC_DEF("stat", 2, host_stat),
  JS_CFUNC_DEF("statOpen", 1, host_stat_open),
  JS_CFUNC_DEF("list", 1, host_list),
  JS_CFUNC_DEF("realPath", 1, host_real_path),
  JS_CFUNC_DEF("text", 3, host_text),
  JS_CFUNC_DEF("bytes", 1, host_bytes),
  JS_CFUNC_DEF("digest", 1, host_digest),
  JS_CFUNC_DEF("errorName", 1, host_error_name),
  JS_CFUNC_DEF("output", 1, host_output),
  JS_CFUNC_DEF("write", 1, host_write),
};

/* One that is no UTF-8 is left out: nothing that is known here asks for it. */
static JSValue list_of(JSContext *context, char **texts) {
  JSValue list = JS_NewArray(context);
  uint32_t count = 0;
  for (; *texts != NULL; texts++) {
    JSValue text = text_of(context, *texts, strlen(*texts));
    if (JS_IsString(text)) JS_SetPropertyUint32(context, list, count++, text);
  }
  return list;
}

bool add_host(JSContext *context, char **words, FILE *output) {
  struct utsname machine;
  char directory[PATH_MAX];
  if (uname(&machine) != 0 || getcwd(directory, sizeof directory) == NULL) {
    JS_ThrowTypeError(context, "the machine: %s", strerror(errno));
    return false;
  }
  output_file = output;
  JSValue global = JS_GetGlobalObject(context), host = JS_NewObject(context);
  JS_SetPropertyFunctionList(context, host, FUNCTIONS, sizeof FUNCTIONS / sizeof *FUNCTIONS);
  JS_SetPropertyStr(context, host, "words", list_of(context, words));
  JS_SetPropertyStr(context, host, "environment", list_of(context, environ));
  JS_SetPropertyStr(context, host, "directory", JS_NewString(context, directory));
  JS_SetPropertyStr(context, host, "hostName", JS_NewString(context, machine.nodename));
  JS_SetPropertyStr(context, host, "effectiveUser", JS_NewUint32(context, geteuid()));
  bool is_set = JS_SetPropertyStr(context, global, "host", host) >= 0;
  JS_FreeValue(context, global);
  return is_set;
}
