/*
 * The start plan of a configuration that has none, or another: made now, by the daemon's own reading of it in an engine that is
 * there at once (native/planner). In the child that does what a start can do without: whatever goes wrong is not one of the start.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../planner/planner.h"
#include "starter.h"

#define CODE "planner.code"

/* Beside the program that Node runs. One that runs from its sources has none. */
static bool find_code(char code[PATH_MAX], const char *program) {
  const char *slash = strrchr(program, '/');
  if (slash == NULL) return false;
  int length = snprintf(code, PATH_MAX, "%.*s/%s", (int)(slash - program), program, CODE);
  return length > 0 && length < PATH_MAX && access(code, R_OK) == 0;
}

/* Nothing, if nobody has to hear of it. */
static bool tell_why(const char *what, char *text, struct reason *why) {
  for (char *at = text; *at != '\0'; at++) {
    if (*at == '\n') *at = ' ';
  }
  if (*text != '\0') refuse(why, "%s: %.500s", what, text);
  return false;
}

bool plan_make(struct plan *plan, char **words, const char *path, struct reason *why, bool *is_ordinary) {
  char code[PATH_MAX];
  *plan = (struct plan){.fd = -1};
  *is_ordinary = true;
  why->text[0] = '\0';
  if (!find_code(code, words[0])) return false;
  struct planned made = planner_run(code, words);
  *is_ordinary = made.status == PLANNER_NONE;
  if (made.text == NULL) return refuse(why, "no memory");
  if (made.status == PLANNER_NONE) return tell_why("no plan can be made", made.text, why);
  if (made.status == PLANNER_FAULT) return tell_why("making a plan has failed", made.text, why);
  plan->text = made.text;
  plan->length = made.length;
  return plan_take(plan, path, why);
}
