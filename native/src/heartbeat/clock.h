// The two clocks of the kernel, in microseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace heartbeat {

// Of a deadline that is not armed.
constexpr int64_t kNever = INT64_MAX;

struct Instant {
  // CLOCK_MONOTONIC.
  int64_t us = 0;
  // CLOCK_REALTIME.
  int64_t wall_us = 0;
};

inline int64_t ReadClock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return static_cast<int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

inline Instant Now() { return {ReadClock(CLOCK_MONOTONIC), ReadClock(CLOCK_REALTIME)}; }

}  // namespace heartbeat
