// What is repeated for one instance.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "deadline-heap.h"

namespace heartbeat {

// An advert may wait so long for others that are due a little later, to leave with them.
inline int64_t PatienceUs(int64_t interval_us) {
  constexpr int64_t kParts = 40;
  constexpr int64_t kMostUs = 25'000;
  return std::min(interval_us / kParts, kMostUs);
}

// A whole IP packet; where it goes stands in it.
using Packet = std::vector<uint8_t>;

// Adverts that said the same, since they were taken last.
struct Count {
  uint64_t count = 0;
  Instant first;
  Instant last;
  int64_t largest_gap_us = 0;

  void Add(const Instant& at) {
    if (count == 0) first = at;
    else largest_gap_us = std::max(largest_gap_us, at.us - last.us);
    last = at;
    count += 1;
  }
};

struct Slot {
  Slot(uint32_t number_, uint32_t channel_) : number(number_), channel(channel_) {}

  const uint32_t number;
  const uint32_t channel;

  bool is_announced = false;
  std::vector<Packet> packets;
  // What gives the mastership up: the same with priority 0.
  std::vector<Packet> resignation;
  int64_t interval_us = 0;
  int64_t advert_tolerance_us = 0;
  // An advert that is so late does not leave: another router may be master by now. 0: it always does.
  int64_t expired_us = 0;
  // The last one could not be sent to everybody.
  bool is_failing = false;
  uint16_t identification = 0;
  Deadline advert_due{this};

  enum class Watch {
    kNone,
    kWaiting,
    // It has been told that the deadline passed, and whoever is told has not said yet that it counts.
    kSilent,
  };
  Watch watch = Watch::kNone;
  // Of the deadline: a silence that is told of another one does not count.
  uint32_t generation = 0;
  // The deadline that passed, of a silence that has been told.
  int64_t silent_us = 0;
  int64_t allowed_us = 0;
  int64_t silence_tolerance_us = 0;
  // A packet that is equal to this where the mask is 255 puts the deadline off. Empty: none does.
  Packet known;
  std::vector<uint8_t> mask;
  uint64_t known_key = 0;
  Deadline silence_due{this};

  // Leave as soon as silence is found (Engine::Lead). Empty: nothing does.
  std::vector<Packet> first;
  // Whom they speak for: a virtual router on a channel.
  uint64_t router = 0;
  // They have left, and nobody has taken that up.
  bool has_led = false;

  // Its last stall that was told: when, and how long it was.
  int64_t stall_told_us = INT64_MIN / 2;
  int64_t stall_us = 0;

  Count sent;
  Count received;
  // Takes the time of each advert that leaves; null: nobody wants it.
  double* sent_at = nullptr;
};

}  // namespace heartbeat
