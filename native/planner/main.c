/*
 * relived-planner CODE FILE [WORD ...]        runs the compiled program: FILE is what Node would run, with these words
 * relived-planner --compile SCRIPT CODE       compiles it, when the project is built
 *
 * Standard output is the start plan (exit status 0), or why there is none (1), or what went wrong (2). It is run by relived-starter, which has Node
 * to come and ends it if it takes too long: whatever goes wrong here costs nothing but the plan.
 */
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planner.h"

enum {
  /* Ten thousand real servers take a tenth of it. */
  MOST_MEMORY = 1 << 30,
  MOST_STACK = 4 << 20,
  NO_PLAN = 1,
  FAULT = 2,
};

/* In front of the code: another build of the engine would understand something else by it. */
static const char HEAD[] = "relived planner " BUILD "\n";

static int complain(const char *what) {
  fprintf(stderr, "relived-planner: %s\n", what);
  return FAULT;
}

static int complain_of_exception(JSContext *context) {
  JSValue error = JS_GetException(context);
  const char *text = JS_ToCString(context, error);
  JSValue stack = JS_GetPropertyStr(context, error, "stack");
  const char *where = JS_IsUndefined(stack) ? "" : JS_ToCString(context, stack);
  fprintf(stderr, "relived-planner: %s\n%s", text == NULL ? "an exception" : text, where == NULL ? "" : where);
  return FAULT;
}

/* NULL: it cannot be read. A zero stands behind it. */
static char *read_whole(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
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

static int compile(JSContext *context, const char *script, const char *code) {
  size_t length, size;
  char *text = read_whole(script, &length);
  if (text == NULL) return complain("the script cannot be read");
  JSValue program = JS_Eval(context, text, length, "planner.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY | JS_EVAL_FLAG_STRIP);
  if (JS_IsException(program)) return complain_of_exception(context);
  uint8_t *bytes = JS_WriteObject(context, &size, program, JS_WRITE_OBJ_BYTECODE);
  FILE *file = bytes == NULL ? NULL : fopen(code, "wb");
  bool is_written = file != NULL && fwrite(HEAD, 1, sizeof HEAD - 1, file) == sizeof HEAD - 1 &&
    fwrite(bytes, 1, size, file) == size;
  if (file != NULL && fclose(file) != 0) is_written = false;
  return is_written ? 0 : complain("the code cannot be written");
}

/* The program leaves its exit status in the global variable `status`. */
static int run(JSContext *context, const char *code, char **words) {
  size_t length;
  int32_t status = FAULT;
  char *text = read_whole(code, &length);
  if (text == NULL) return complain("the code cannot be read");
  if (length < sizeof HEAD || memcmp(text, HEAD, sizeof HEAD - 1) != 0) return complain("the code is of another build");
  const uint8_t *bytes = (const uint8_t *)text + sizeof HEAD - 1;
  /* Before anything else has a name: then names have the numbers that they had when it was compiled, and the code stays where it is. */
  JSValue program = JS_ReadObject(context, bytes, length - (sizeof HEAD - 1), JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA);
  if (JS_IsException(program) || !add_host(context, words) || JS_IsException(JS_EvalFunction(context, program))) return complain_of_exception(context);
  JSValue told = JS_GetPropertyStr(context, JS_GetGlobalObject(context), "status");
  if (JS_ToInt32(context, &status, told) != 0) return complain_of_exception(context);
  return status >= 0 && status <= FAULT ? status : complain("the program has come to no end");
}

int main(int argc, char **argv) {
  /* It only grows, and each step of that is a system call. */
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  if (argc < 3) return complain("it is run by relived-starter: CODE FILE [WORD ...]");
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *context = runtime == NULL ? NULL : JS_NewContext(runtime);
  if (context == NULL) return complain("no memory");
  JS_SetMemoryLimit(runtime, MOST_MEMORY);
  JS_SetMaxStackSize(runtime, MOST_STACK);
  /* It ends before circles of garbage matter. */
  JS_SetGCThreshold(runtime, (size_t)-1);
  int status = strcmp(argv[1], "--compile") == 0 && argc == 4 ? compile(context, argv[2], argv[3]) : run(context, argv[1], argv + 2);
  if (fflush(stdout) != 0 || ferror(stdout) != 0) status = complain("the plan cannot be written");
  /* What the process has goes with it. */
  _Exit(status);
}
