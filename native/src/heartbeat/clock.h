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

// Both at the same moment, as far as a thread that may lose its processor between the two can have it.
inline Instant Now() {
  constexpr int64_t kMostApartUs = 20;
  constexpr int kTries = 4;
  Instant now;
  for (int i = 0; i < kTries; ++i) {
    now = {ReadClock(CLOCK_MONOTONIC), ReadClock(CLOCK_REALTIME)};
    if (ReadClock(CLOCK_MONOTONIC) - now.us <= kMostApartUs) break;
  }
  return now;
}

}  // namespace heartbeat
