/*
 * relived-starter: sets the kernel's table of virtual servers before Node begins (docs/adr/0019-start-plan.md), and watches over
 * the process in which Node runs (docs/adr/0022-watchdog.md).
 */
#ifndef RELIVED_STARTER_H
#define RELIVED_STARTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "life-page.h"

enum { DIGEST_BYTES = 32, DIGEST_TEXT = 64, REASON_BYTES = 1024 };

/* Why nothing is done. Kept short: it becomes a line of the log. */
struct reason {
  char text[REASON_BYTES];
};

/* Notes the reason and gives false. */
bool refuse(struct reason *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* SHA-256 (FIPS 180-4). */
struct sha256 {
  uint32_t state[8];
  uint64_t bytes;
  unsigned char block[64];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t length);
/* Lower-case hexadecimal and a zero. */
void sha256_end(struct sha256 *hash, char text[DIGEST_TEXT + 1]);

/* A start plan in memory: lines, each ending in a zero. */
struct plan {
  char *text;
  size_t length;
  int fd;
  /* Another start is setting its table. */
  bool is_in_use;
};

/* False: there is none, or it is not to be trusted; `why` is empty if there is none. */
bool plan_read(struct plan *plan, const char *path, struct reason *why);
/* The same of a text that is here; `path`: where it belongs. */
bool plan_take(struct plan *plan, const char *path, struct reason *why);
/*
 * The plan of this start, made now (native/planner). False: there is none; `why` is empty if nobody has to hear of that.
 * `is_ordinary`: this configuration can have none, and nothing went wrong.
 */
bool plan_make(struct plan *plan, char **words, const char *path, struct reason *why, bool *is_ordinary);
void plan_close(struct plan *plan);
/* The next line after `line` (NULL: the first); NULL after the last. */
char *plan_next(const struct plan *plan, char *line);
/* What stands behind `kind` and a blank in the line; NULL if it is of another kind. */
char *plan_value(char *line, const char *kind);
/* Of the first line of this kind; NULL if there is none. */
char *plan_find(const struct plan *plan, const char *kind);

/* What this process was started with. */
struct start {
  /* The file that Node runs, and what stands behind it. */
  char **words;
};

/* Whether all that the plan depends on is as it was. */
bool conditions_hold(const struct plan *plan, const struct start *start, struct reason *why);
/* Whether none of the pid files is locked by another process. */
bool nobody_runs(const struct plan *plan, struct reason *why);

struct counts {
  unsigned services;
  unsigned servers;
};

/* Sets the table if it is empty: all of the plan, or nothing. */
bool table_set(const struct plan *plan, struct counts *counts, struct reason *why);
/* Removes the services of the plan. What is gone already is no matter. */
void table_withdraw(const struct plan *plan);

int64_t now_us(clockid_t clock);

/* Runs the program as a worker and ends with it. Returns if it cannot be watched. */
void watch(char **argv);

enum { NO_LEASE = -1 };

/*
 * By how much the first lease of what a dead worker was master of is over, in microseconds; 0: not yet; NO_LEASE: there is none.
 * `has_worker`: one runs, which may have taken the dead one's part.
 */
double lease_overdue(const struct life_page *page, bool has_worker, double now);
/* Says goodbye for what a dead worker was master of and takes its addresses away. `namespace`: descriptor of theirs; -1: ours. */
void release_held(struct life_page *page, bool has_worker, int namespace);

/* What was done on behalf of dead workers. */
struct announced {
  unsigned instances;
  unsigned adverts;
  double span_us;
  /* Between two adverts of one instance, the last one of the dead worker included. */
  double largest_gap_us;
};
/* Instances of the dead that a better router claims, and its priority. */
struct better {
  unsigned instances;
  unsigned priority;
};
#define NEVER INT64_MAX

/* For how long: if no other worker comes, and so long after a sign of life of that one; at most if one does. */
struct keep {
  int64_t alone_us, most_us;
};
/* Goes on to announce what a dead worker was master of. */
void begin_announcing(struct life_page *page, bool has_worker, int namespace, struct keep keep);
/* Sends what is due. When the next one is, by CLOCK_MONOTONIC; NEVER: nothing is announced any more. */
int64_t announce_due(struct life_page *page, bool has_worker);
struct better hear_better(struct life_page *page, bool has_worker);
/* Falls silent for those that a better router was heard of, and takes their addresses away. */
void yield_outdone(struct life_page *page, bool has_worker, int namespace);
/* False: not one advert has left. */
bool end_announcing(struct announced *result);

#endif
