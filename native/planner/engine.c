/* The engine: compiles the program when the project is built, and runs it. */
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quickjs.h>

#include "planner.h"

enum {
  /* Ten thousand real servers take a tenth of it. */
  MOST_MEMORY = 1 << 30,
  MOST_STACK = 4 << 20,
};

/* In front of the code: another build of the engine would understand something else by it. */
static const char HEAD[] = "relived planner " BUILD "\n";

static struct planned fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct planned fault(const char *format, ...) {
  struct planned result = {.status = PLANNER_FAULT};
  va_list values;
  va_start(values, format);
  int length = vasprintf(&result.text, format, values);
  va_end(values);
  if (length < 0) result.text = strdup("no memory");
  result.length = result.text == NULL ? 0 : strlen(result.text);
  return result;
}

static struct planned fault_of(JSContext *context) {
  JSValue error = JS_GetException(context);
  const char *text = JS_ToCString(context, error);
  JSValue stack = JS_GetPropertyStr(context, error, "stack");
  const char *where = JS_IsUndefined(stack) ? "" : JS_ToCString(context, stack);
  return fault("%s %s", text == NULL ? "an exception" : text, where == NULL ? "" : where);
}

/* NULL: it cannot be read. A zero stands behind it. */
static char *read_whole(const char *path, size_t *length) {
  FILE *file = fopen(path, "rbe");
  char *text = NULL;
  long end = 0;
  if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0)
    text = malloc((size_t)end + 1);
  if (text != NULL && fread(text, 1, (size_t)end, file) != (size_t)end) {
    free(text);
    text = NULL;
  }
  if (text != NULL) text[end] = '\0';
  if (file != NULL) fclose(file);
  *length = (size_t)end;
  return text;
}

/* NULL: no memory. */
static JSContext *begin(void) {
  JSRuntime *runtime = JS_NewRuntime();
  if (runtime == NULL) return NULL;
  JS_SetMemoryLimit(runtime, MOST_MEMORY);
  JS_SetMaxStackSize(runtime, MOST_STACK);
  /* It ends before circles of garbage matter. */
  JS_SetGCThreshold(runtime, (size_t)-1);
  return JS_NewContext(runtime);
}

struct planned planner_compile(const char *script, const char *code) {
  size_t length, size;
  JSContext *context = begin();
  char *text = read_whole(script, &length);
  if (context == NULL || text == NULL) return fault("the script cannot be read");
  int flags = JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY | JS_EVAL_FLAG_STRIP;
  JSValue program = JS_Eval(context, text, length, "planner.js", flags);
  if (JS_IsException(program)) return fault_of(context);
  uint8_t *bytes = JS_WriteObject(context, &size, program, JS_WRITE_OBJ_BYTECODE);
  FILE *file = bytes == NULL ? NULL : fopen(code, "wb");
  bool is_written = file != NULL && fwrite(HEAD, 1, sizeof HEAD - 1, file) == sizeof HEAD - 1 &&
    fwrite(bytes, 1, size, file) == size;
  if (file != NULL && fclose(file) != 0) is_written = false;
  return is_written ? (struct planned){.text = strdup("")} : fault("the code cannot be written");
}

/* The program leaves its exit status in the global variable `status`. */
struct planned planner_run(const char *code, char **words) {
  size_t length;
  int32_t status = -1;
  /* It only grows, and each step of that is a system call. */
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  JSContext *context = begin();
  if (context == NULL) return fault("no memory");
  char *text = read_whole(code, &length);
  if (text == NULL) return fault("the code cannot be read");
  if (length < sizeof HEAD || memcmp(text, HEAD, sizeof HEAD - 1) != 0) return fault("the code is of another build");
  const uint8_t *bytes = (const uint8_t *)text + sizeof HEAD - 1;
  /* Before anything else has a name: then names have the numbers that they had when it was compiled, and the code stays where it is. */
  JSValue program = JS_ReadObject(context, bytes, length - (sizeof HEAD - 1), JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA);
  struct planned result = {.status = PLANNER_FAULT};
  FILE *output = open_memstream(&result.text, &result.length);
  if (output == NULL) return fault("no memory");
  if (JS_IsException(program) || !add_host(context, words, output)) return fault_of(context);
  if (JS_IsException(JS_EvalFunction(context, program))) return fault_of(context);
  JSValue told = JS_GetPropertyStr(context, JS_GetGlobalObject(context), "status");
  if (JS_ToInt32(context, &status, told) != 0) return fault_of(context);
  if (fclose(output) != 0) return fault("no memory");
  if (status < 0 || status > PLANNER_FAULT) return fault("the program has come to no end");
  result.status = status;
  return result;
}
