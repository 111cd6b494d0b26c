/*
 * The end of a worker, seen as soon as the thread dies that repeats its adverts, for that marks a robust futex. On a busy machine the rest of it takes
 * its time to die.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker.h"

static void *wait_for_owner(void *announcer) {
  _Atomic uint32_t *word = announcer;
  for (;;) {
    uint32_t seen = *word;
    bool is_alive = (seen & FUTEX_TID_MASK) != 0 && (seen & FUTEX_OWNER_DIED) == 0;
    if (is_alive && (seen & FUTEX_WAITERS) == 0 && !atomic_compare_exchange_strong(word, &seen, seen | FUTEX_WAITERS)) continue;
    if (is_alive) seen |= FUTEX_WAITERS;
    if ((seen & FUTEX_OWNER_DIED) != 0) kill(getpid(), SIGURG);
    syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
  }
  return NULL;
}

void await_death(struct life_page *page) {
  pthread_attr_t small;
  pthread_t thread;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  /* Without it a death is noticed when the worker is gone. */
  if (pthread_create(&thread, &small, wait_for_owner, &page->announcer) == 0) pthread_detach(thread);
  pthread_attr_destroy(&small);
}
