/* What the watchdog knows of its worker from outside, and does in its place. */
#ifndef RELIVED_WORKER_H
#define RELIVED_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "life-page.h"

/* How long a worker has said nothing although it could run. */
struct silence {
  int64_t silent_us;
  /* Processor time of its event loop at the last look; -1: not known. */
  int64_t used_us;
  double last_beat;
};
#define NO_SILENCE {.used_us = -1}

/*
 * Whether it has said nothing for `allowed_ms`; then the count begins anew. `look_ms`: what this look stands for, however late it
 * comes, for the watchdog does not take its own stall for the worker's; 0: it does not count.
 */
bool is_silent_for(struct silence *silence, const struct life_page *page, pid_t worker, unsigned look_ms, unsigned allowed_ms);

/* SIGURG to this process as soon as the thread dies that repeats the worker's adverts. */
void await_death(struct life_page *page);

/* Keeps the worker's pid files locked while no worker has them. */
void take_pid_files(struct life_page *page, pid_t worker);
/* A worker that died has not removed its files. */
void remove_pid_files(void);

/* READY, RELOADING and STOPPING (sd_notify) as often as the worker asks for them: systemd listens to the main process. */
void tell_service_manager(const struct life_page *page);

#endif
