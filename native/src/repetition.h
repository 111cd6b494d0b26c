// One connection that is made again and again, and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connecting.h"

// In which part of an exchange its end came.
enum Stage {
  kNoAnswer = 0,
  kBeforeConnect = 1,
  kAtConnect = 2,
  kAfterConnect = 3,
  kSend = 4,
  kRead = 5,
  // Nothing of the answer came in time; or not the end of it.
  kSilent = 6,
  kUnfinished = 7,
  // Longer, or in more pieces, than anything that is repeated.
  kTooMuch = 8,
};

struct Repetition {
  SocketAddress to;
  ConnectOrigin origin;
  // Sent once the connection stands, and what follows is read until the other side ends it; '': it is closed at once.
  std::string request;
  int64_t timeout_us;
  int64_t every_us;
  int64_t due_us;
  // In times of the timeout, which is that of each piece.
  int64_t longest_answer_timeouts;
  // -1: none is under way.
  int fd = -1;
  bool is_connected = false;
  // It waits until fewer are under way.
  bool is_waiting = false;
  // Its answer is complete.
  bool is_judged = false;
  int64_t began_us = 0;
  int64_t deadline_us = 0;
  int64_t answer_ends_us = 0;
  int64_t ended_us = -1;
  int64_t took_us = 0;
  int64_t count = 0;
  std::string answer;
  // Lengths, as they came.
  std::vector<uint32_t> pieces;
};

struct End {
  uint64_t token;
  Stage stage;
  int errnum;
  int64_t took_us;
  int64_t count;
};
