/*
 * relived-planner CODE FILE [WORD ...]        runs the compiled program: FILE is what Node would run, with these words
 * relived-planner --compile SCRIPT CODE       compiles it, when the project is built
 *
 * Standard output is the start plan (exit status 0), or why there is none (1), or what went wrong (2). A start does the same
 * within relived-starter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planner.h"

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "relived-planner: CODE FILE [WORD ...], or --compile SCRIPT CODE\n");
    return PLANNER_FAULT;
  }
  bool compiles = strcmp(argv[1], "--compile") == 0 && argc == 4;
  struct planned result = compiles ? planner_compile(argv[2], argv[3]) : planner_run(argv[1], argv + 2);
  if (fwrite(result.text, 1, result.length, stdout) != result.length || fflush(stdout) != 0) result.status = PLANNER_FAULT;
  /* What the process has goes with it. */
  _Exit(result.status);
}
