/* Runs src/planner, the daemon's reading of a configuration, in QuickJS (docs/adr/0026-planner.md). */
#ifndef RELIVED_PLANNER_H
#define RELIVED_PLANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
  PLANNER_PLAN,
  /* This start has none, and nothing went wrong. */
  PLANNER_NONE,
  PLANNER_FAULT,
};

struct planned {
  int status;
  /* The plan, or why there is none, and a zero. */
  char *text;
  size_t length;
};

/* `words`: the file that Node would run, and what stands behind it; NULL at the end. For a process that has nothing else to do: its memory is never given back. */
struct planned planner_run(const char *code, char **words);
struct planned planner_compile(const char *script, const char *code);

#ifdef JS_EVAL_TYPE_GLOBAL
/* The object `host` (src/planner/host.ts), which writes to `output`. False: an exception stands. */
bool add_host(JSContext *context, char **words, FILE *output);
#endif

#endif
