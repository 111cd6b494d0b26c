// Appointments that are kept by the stretch of time into which they fall: what is due in one is due with the first of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

class Stretches {
 public:
  explicit Stretches(int64_t length_us) : length_us_(std::max<int64_t>(1, length_us)) {}

  // There is no taking back: who is not wanted any more is passed over when it is due.
  void Add(uint64_t token, int64_t due_us) {
    Stretch& stretch = stretches_.try_emplace(due_us / length_us_, Stretch{due_us, {}}).first->second;
    stretch.at_us = std::min(stretch.at_us, due_us);
    stretch.tokens.push_back(token);
  }

  int64_t NextUs() const { return stretches_.empty() ? INT64_MAX : stretches_.begin()->second.at_us; }

  template <typename Take>
  void TakeDue(int64_t now_us, Take take) {
    while (NextUs() <= now_us) {
      for (uint64_t token : stretches_.begin()->second.tokens) take(token);
      stretches_.erase(stretches_.begin());
    }
  }

 private:
  struct Stretch {
    int64_t at_us;
    std::vector<uint64_t> tokens;
  };

  int64_t length_us_;
  // By their number.
  std::map<int64_t, Stretch> stretches_;
};
