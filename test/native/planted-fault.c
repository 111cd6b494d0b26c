/*
 * One fault in a program that is sound, so that its test with sanitizers can show that it would tell. It happens wherever the program
 * calls a function below that it was linked with -Wl,--wrap=NAME for; -DFAULT=... says what it is. C and C++.
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define HEAP_OVERFLOW 1
#define USE_AFTER_FREE 2
#define SIGNED_OVERFLOW 3
#define DATA_RACE 4

/* Nothing that a compiler could foresee, or leave out. */
static volatile size_t size = 16;
static volatile int most = INT_MAX;
static int calls;

static void fault(void) {
#if FAULT == HEAP_OVERFLOW
  volatile char *volatile bytes = (volatile char *)malloc(size);
  bytes[size] = 1;
  free((void *)bytes);
#elif FAULT == USE_AFTER_FREE
  volatile char *volatile bytes = (volatile char *)malloc(size);
  free((void *)bytes);
  bytes[size / 2] = 1;
#elif FAULT == SIGNED_OVERFLOW
  most = most + 1;
#elif FAULT == DATA_RACE
  calls++;
#else
#error "FAULT says none of these"
#endif
  (void)size, (void)most, (void)calls;
}

#ifdef __cplusplus
extern "C" {
#endif

/* Weak: whatever the program is not linked for is not there. */
#define REAL __attribute__((weak))

REAL int __real_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal) {
  fault();
  return __real_kill(pid, signal);
}

REAL int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
  fault();
  return __real_clock_gettime(clock, time);
}

REAL int __real_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags) {
  fault();
  return __real_sendmmsg(fd, messages, count, flags);
}

#ifdef __cplusplus
}
#endif
