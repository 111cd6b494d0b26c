// Deadlines in order, made for such as are put off far more often than they fall due (as src/engine/heartbeat/deadline-heap.ts):
// putting one off is a store; it is sorted anew only when it comes to the top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "clock.h"

namespace heartbeat {

struct Slot;

struct Deadline {
  explicit Deadline(Slot* of) : slot(of) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  Slot* const slot;
  int64_t at_us = kNever;
  // Where it is sorted in: at or before at_us.
  int64_t key_us = kNever;
  size_t index = SIZE_MAX;
};

class DeadlineHeap {
 public:
  void Arm(Deadline& deadline, int64_t at_us) {
    deadline.at_us = at_us;
    if (deadline.index == SIZE_MAX) {
      if (at_us == kNever) return;
      deadline.key_us = at_us;
      deadline.index = heap_.size();
      heap_.push_back(&deadline);
      Up(deadline.index);
    } else if (at_us < deadline.key_us) {
      deadline.key_us = at_us;
      Up(deadline.index);
    }
  }

  void Disarm(Deadline& deadline) {
    deadline.at_us = kNever;
    if (deadline.index != SIZE_MAX) Remove(deadline.index);
  }

  // The one that falls due first; nullptr: none is armed.
  Deadline* Peek() {
    while (!heap_.empty()) {
      Deadline* top = heap_.front();
      if (top->key_us == top->at_us) return top;
      if (top->at_us == kNever) {
        Remove(0);
      } else {
        top->key_us = top->at_us;
        Down(0);
      }
    }
    return nullptr;
  }

  int64_t NextUs() {
    Deadline* top = Peek();
    return top == nullptr ? kNever : top->at_us;
  }

  // Of each one that is due, in no order.
  template <typename Visit>
  void EachDue(int64_t now_us, Visit visit) const {
    if (!heap_.empty()) EachDue(0, now_us, visit);
  }

 private:
  template <typename Visit>
  void EachDue(size_t index, int64_t now_us, Visit& visit) const {
    if (index >= heap_.size() || heap_[index]->key_us > now_us) return;
    if (heap_[index]->at_us <= now_us) visit(*heap_[index]);
    EachDue(2 * index + 1, now_us, visit);
    EachDue(2 * index + 2, now_us, visit);
  }

  void Remove(size_t index) {
    Deadline* gone = heap_[index];
    Deadline* last = heap_.back();
    heap_.pop_back();
    gone->index = SIZE_MAX;
    gone->key_us = kNever;
    if (gone == last) return;
    Place(last, index);
    Up(index);
    Down(last->index);
  }

  void Up(size_t index) {
    while (index > 0) {
      size_t parent = (index - 1) / 2;
      if (heap_[parent]->key_us <= heap_[index]->key_us) return;
      Swap(parent, index);
      index = parent;
    }
  }

  void Down(size_t index) {
    for (;;) {
      size_t child = 2 * index + 1;
      if (child >= heap_.size()) return;
      if (child + 1 < heap_.size() && heap_[child + 1]->key_us < heap_[child]->key_us) child += 1;
      if (heap_[child]->key_us >= heap_[index]->key_us) return;
      Swap(child, index);
      index = child;
    }
  }

  void Swap(size_t one, size_t other) {
    std::swap(heap_[one], heap_[other]);
    heap_[one]->index = one;
    heap_[other]->index = other;
  }

  void Place(Deadline* deadline, size_t index) {
    heap_[index] = deadline;
    deadline->index = index;
  }

  std::vector<Deadline*> heap_;
};

}  // namespace heartbeat
