/*
 * Memory that the watchdog and its worker share (src/daemon/watchdog/life-page.ts has the same places). It outlives the worker,
 * and nobody else can reach it. Each word has one writer; times are microseconds of CLOCK_MONOTONIC in a double.
 */
#ifndef RELIVED_LIFE_PAGE_H
#define RELIVED_LIFE_PAGE_H

#include <stdint.h>

enum {
  PAGE_MAGIC = 0x524c5750,
  MOST_NOTES = 64,
  MOST_SLOTS = 4096,
  MOST_PID_FILES = 2,
  RELEASE_BYTES = 4 << 20,
  FAILED_BYTES = 2 << 20,
};

/* A fact that the watchdog saw, for the history, which the worker writes. */
struct note {
  double at_us;
  double at_wall_us;
  /* Of enum fact. */
  uint32_t fact;
  int32_t pid;
  /* What ended the worker, 0: no signal did; or how many instances the fact is about. */
  int32_t signal;
  /* Or how many adverts, or whose priority. */
  int32_t exit_code;
  /* What the fact is about: how long the worker ran, or how long it was allowed to say nothing, or how long it was announced. */
  double span_us;
  /* The longest time between two adverts. */
  double gap_us;
};

/* What an actor of the worker was when it last changed, and what is to be done on its behalf if it dies. */
struct slot {
  /* Number of the worker that wrote it; 0: nothing is known. */
  uint32_t life;
  /*
   * 1: backup, 2: master, 3: master, and a later worker has read so and is to say what becomes of it, 4: it is being released. From 2
   * and 3 it goes by compare and exchange alone: of the watchdog and a worker one acts.
   */
  uint32_t role;
  /* When its last advert left, or when it last heard one. */
  double advert_us;
  /* How long after that nobody else can have taken over. */
  double lease_us;
  /* Digest of its configuration. */
  uint8_t digest[16];
  /* Requests in the page's last part. */
  uint32_t release_at;
  uint32_t release_length;
  /* 1: people were told of the role. */
  uint32_t told;
  /* Of its adverts. */
  uint32_t priority;
  /* Digest of what it is about. */
  uint8_t name[16];
  /* Between its adverts. */
  double interval_us;
  /* Until when the watchdog announces it for a worker that shows that it lives; 0: it does not. */
  double kept_until_us;
  /* When a later worker read that it was master. */
  double claimed_us;
  uint8_t rest[32];
};

struct life_page {
  uint32_t magic;
  /* Of the worker: 1 for the first. The watchdog's. */
  uint32_t life;
  /* The worker's: changes while it lives. */
  double beat_us;
  /* It wants to be watched; 2: and nobody is to take its place. */
  uint32_t watched;
  /* It runs its configuration. */
  uint32_t ready;
  /* Descriptors of the worker that have its pid files locked; -1: none. */
  int32_t pid_files[MOST_PID_FILES];
  /* What the service manager is to be told: how often so far. */
  uint32_t said_reloading;
  uint32_t said_ready;
  uint32_t said_stopping;
  uint32_t unused;
  double reloading_us;
  /* Notes that were ever written (the watchdog's), and that are in the history (the worker's). */
  uint32_t notes;
  uint32_t told_notes;
  /* Quick deaths when the first note was written that is not in the history. The watchdog's. */
  uint32_t quick_deaths;
  uint32_t was_ready;
  /* Descriptors of the watchdog that have them locked; 0: none. */
  int32_t held_pid_files[MOST_PID_FILES];
  /* Which half of the last part the worker has written last. */
  uint32_t failed_half;
  /* Robust futex: thread of the worker that repeats adverts. The kernel marks it when that dies, long before the worker is gone. */
  _Atomic uint32_t announcer;
  uint8_t rest[4096 - 88 - MOST_NOTES * sizeof(struct note)];
  struct note note[MOST_NOTES];
  struct slot slot[MOST_SLOTS];
  uint8_t release[RELEASE_BYTES];
  /* For the next worker alone: checks that had failed. */
  uint8_t failed[FAILED_BYTES];
};

#endif
