// What the thread of the engine does: it sleeps until something arrives or is due.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine.h"

namespace heartbeat {

namespace {

// Adverts that leave with one call. More at once would be more than the receive buffer of a neighbour may hold.
constexpr size_t kBatchSlots = 64;
// Lateness below this is the ordinary noise of a scheduler (src/engine/heartbeat/instance.ts has the same).
constexpr int64_t kStallFloorUs = 10'000;
// Stalls of a slot are told so often, and of all of them so many a second.
constexpr int64_t kStallPauseUs = 1'000'000;
constexpr int64_t kStallsASecond = 25;
constexpr int64_t kLongestStallPauseUs = 10'000'000;
// While nothing but the same arrives, and often, the sockets are looked at so seldom: the kernel notes when it came.
constexpr int64_t kDenseUs = 2'000;
// Of one socket, before others have their turn.
constexpr int kTurnBatches = 16;

// Writes the IP identification of IPv4. 1 to 65535, never 0: the kernel would replace a 0.
void Stamp(Packet& packet, uint16_t identification) {
  if (packet.size() < 6 || packet[0] >> 4 != 4) return;
  packet[4] = static_cast<uint8_t>(identification >> 8);
  packet[5] = static_cast<uint8_t>(identification & 255);
}

}  // namespace

void Engine::Run() {
  while (!is_stopping_) {
    int events = WaitForEvents();
    Guard guard(mutex_);
    if (life_to_show_ != nullptr) BeginToShowLife();
    if (!is_stopping_) Turn(guard, std::max(0, events));
  }
}

// The thread has no other robust futexes, so the list is its alone.
void Engine::BeginToShowLife() {
  uint32_t* word = std::exchange(life_to_show_, nullptr);
  std::atomic_ref<uint32_t>(*word).store(static_cast<uint32_t>(gettid()));
  life_entry_.next = &life_.list;
  life_.list.next = &life_entry_;
  life_.futex_offset = reinterpret_cast<char*>(word) - reinterpret_cast<char*>(&life_entry_);
  syscall(SYS_set_robust_list, &life_, sizeof life_);
  syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

int Engine::WaitForEvents() {
  int most = static_cast<int>(events_.size());
  if (!is_dense_) return epoll_wait(epoll_, events_.data(), most, -1);
  epoll_wait(timer_epoll_, events_.data(), 1, -1);
  return epoll_wait(epoll_, events_.data(), most, 0);
}

void Engine::Turn(Guard& guard, int events) {
  Instant now = ReadClocks();
  has_stalled_ = false;
  NoteStalls(now.us);
  KeepLease(now);
  SendDue(guard);
  ReadReady(guard, events);
  TellSilences();
  Settle();
}

// Before what waited is read: it precedes it.
void Engine::NoteStalls(int64_t now_us) {
  int64_t first_us = std::min(adverts_.NextUs(), silences_.NextUs());
  if (first_us == kNever || now_us - first_us <= kStallFloorUs || first_us <= stalls_noted_us_) return;
  std::unordered_map<uint32_t, int64_t> stalled;
  adverts_.EachDue(now_us, [&](const Deadline& due) {
    int64_t late_us = now_us - due.at_us;
    if (late_us > due.slot->advert_tolerance_us) stalled[due.slot->number] = late_us;
  });
  silences_.EachDue(now_us, [&](const Deadline& due) {
    int64_t late_us = now_us - due.at_us;
    if (late_us <= due.slot->silence_tolerance_us) return;
    int64_t& noted_us = stalled[due.slot->number];
    noted_us = std::max(noted_us, late_us);
  });
  if (stalled.empty()) return;
  has_stalled_ = true;
  stalls_noted_us_ = now_us;
  for (const auto& [number, late_us] : stalled)
    if (Slot* slot = SlotAt(number)) TellStall(*slot, late_us, now_us);
}

// On a machine that is overloaded this thread may be late each time. Telling so each time would be a load of its own, which nobody
// who is told could keep up with: once a second for a slot, less often where there are many, unless it has become much worse.
void Engine::TellStall(Slot& slot, int64_t late_us, int64_t now_us) {
  int64_t many_us = static_cast<int64_t>(slots_.size()) * 1'000'000 / kStallsASecond;
  int64_t pause_us = std::clamp(many_us, kStallPauseUs, kLongestStallPauseUs);
  if (now_us - slot.stall_told_us < pause_us && late_us < 2 * slot.stall_us) return;
  slot.stall_told_us = now_us;
  slot.stall_us = late_us;
  told_.Add(Kind::kStalled, slot.number, 0, static_cast<double>(late_us), 0);
}

// Whoever holds the lease has had no chance to renew it while this thread did not run either: that time does not count.
void Engine::KeepLease(const Instant& now) {
  if (lease_us_ == 0 || announced_ == 0) return;
  int64_t late_us = timer_us_ == kNever ? 0 : now.us - timer_us_;
  if (late_us > kStallFloorUs) lease_until_us_.fetch_add(late_us, std::memory_order_relaxed);
  if (now.us < lease_until_us_.load(std::memory_order_relaxed)) return;
  for (auto& [number, slot] : slots_) {
    if (!slot->is_announced) continue;
    Channel* channel = ChannelAt(slot->channel);
    bool has_left = false;
    for (Packet& packet : slot->resignation) {
      slot->identification = slot->identification == 0xffff ? 1 : static_cast<uint16_t>(slot->identification + 1);
      Stamp(packet, slot->identification);
      has_left |= channel != nullptr && SendOne(*channel, packet.data(), packet.size()) == 0;
    }
    slot->is_announced = false;
    adverts_.Disarm(slot->advert_due);
    // Nobody may go on as master on the strength of what was sent before.
    if (slot->sent_at != nullptr) std::atomic_ref<double>(*slot->sent_at).store(0, std::memory_order_relaxed);
    told_.Add(Kind::kLeaseLost, number, has_left ? 1 : 0, static_cast<double>(now.us), static_cast<double>(now.wall_us));
  }
  announced_ = 0;
}

void Engine::SendDue(Guard& guard) {
  // Each of them once: one that is due again meanwhile waits for the next turn.
  for (size_t batches = announced_ / kBatchSlots + 1; batches > 0; --batches) {
    if (adverts_.NextUs() > last_read_.us) return;
    Collect(last_read_.us);
    SendBatch(last_read_);
    // Whoever waits for the lock gets it between two batches.
    guard.unlock();
    guard.lock();
    ReadClocks();
  }
}

// A deadline is the time at which an advert is due and its patience: whatever is due by then leaves together. The schedule is
// absolute, so lateness does not add up; after a stall it begins anew instead of catching up.
void Engine::Collect(int64_t now_us) {
  due_.clear();
  while (due_.size() < kBatchSlots) {
    Deadline* first = adverts_.Peek();
    if (first == nullptr) return;
    Slot& slot = *first->slot;
    int64_t late_us = now_us - first->at_us;
    if (late_us < 0 && (due_.empty() || late_us + PatienceUs(slot.interval_us) < 0)) return;
    int64_t next_us = first->at_us + slot.interval_us;
    if (late_us > slot.advert_tolerance_us) {
      // What this thread lost since the turn began.
      if (first->at_us > stalls_noted_us_) TellStall(slot, late_us, now_us);
      next_us = now_us + slot.interval_us;
    }
    adverts_.Arm(*first, next_us > now_us ? next_us : now_us + slot.interval_us);
    if (slot.expired_us > 0 && late_us >= slot.expired_us) {
      // Whoever decides has an interval for it, and is told however lately a stall was.
      told_.Add(Kind::kStalled, slot.number, 0, static_cast<double>(late_us), 0);
      continue;
    }
    due_.push_back(&slot);
  }
}

void Engine::SendBatch(const Instant& now) {
  std::stable_sort(due_.begin(), due_.end(), [](const Slot* a, const Slot* b) { return a->channel < b->channel; });
  outgoing_.clear();
  for (Slot* slot : due_) {
    slot->identification = slot->identification == 0xffff ? 1 : static_cast<uint16_t>(slot->identification + 1);
    for (Packet& packet : slot->packets) {
      Stamp(packet, slot->identification);
      outgoing_.push_back({&packet});
    }
  }
  size_t from = 0;
  for (size_t first = 0; first < due_.size();) {
    size_t next = first, to = from;
    for (; next < due_.size() && due_[next]->channel == due_[first]->channel; ++next) to += due_[next]->packets.size();
    Channel* channel = ChannelAt(due_[first]->channel);
    if (channel != nullptr && channel->sender >= 0) SendAll(*channel, outgoing_, from, to);
    else
      for (size_t i = from; i < to; ++i) outgoing_[i].errnum = -1;
    first = next;
    from = to;
  }
  from = 0;
  for (Slot* slot : due_) {
    NoteOutcome(*slot, from, from + slot->packets.size(), now);
    from += slot->packets.size();
  }
}

// Counted if it has left to at least one; failing as long as it has not left to all.
void Engine::NoteOutcome(Slot& slot, size_t from, size_t to, const Instant& now) {
  if (from == to) return;
  size_t failed = to;
  bool has_left = false;
  for (size_t i = to; i-- > from;) {
    if (outgoing_[i].errnum == 0) has_left = true;
    else failed = i;
  }
  if (has_left) slot.sent.Add(now);
  if (has_left && slot.sent_at != nullptr)
    std::atomic_ref<double>(*slot.sent_at).store(static_cast<double>(now.us), std::memory_order_relaxed);
  bool is_failing = failed != to;
  if (is_failing == slot.is_failing) return;
  slot.is_failing = is_failing;
  if (!is_failing) {
    told_.Add(Kind::kSendRecovered, slot.number, 0, 0, 0);
    return;
  }
  const char* why = ReasonOf(outgoing_[failed].errnum);
  told_.Add(Kind::kSendFailed, slot.number, static_cast<uint32_t>(failed - from), 0, 0, why, std::strlen(why));
}

void Engine::ReadReady(Guard& guard, int events) {
  packets_read_ = 0;
  bool has_read = false;
  bool was_told = !told_.empty();
  for (int i = 0; i < events; ++i) {
    auto number = static_cast<uint32_t>(events_[i].data.u64 >> 32);
    int fd = static_cast<int>(events_[i].data.u64 & 0xffffffff);
    for (int batches = 0; batches < kTurnBatches; ++batches) {
      // Either may have gone while the lock was free.
      Channel* channel = ChannelAt(number);
      if (channel == nullptr) break;
      auto receiver = std::find_if(channel->receivers.begin(), channel->receivers.end(),
                                   [&](const Receiver& one) { return one.fd == fd; });
      if (receiver == channel->receivers.end()) break;
      has_read = true;
      if (ReadBatch(*channel, *receiver)) break;
      guard.unlock();
      guard.lock();
      ReadClocks();
    }
  }
  int64_t quiet_us = last_read_.us - heard_us_;
  if (!has_read) {
    if (quiet_us >= kDenseUs) is_dense_ = false;
    return;
  }
  bool has_told = was_told || !told_.empty();
  is_dense_ = !has_told && (is_dense_ ? packets_read_ > 1 : quiet_us < kDenseUs / 2);
  heard_us_ = last_read_.us;
}

// Drain before you declare. What the kernel had no room for while this thread did not run may have been an advert.
void Engine::TellSilences() {
  int64_t now_us = last_read_.us;
  if (silences_.NextUs() > now_us) return;
  std::unordered_set<uint32_t> drained, dropped;
  silences_.EachDue(now_us, [&](const Deadline& due) { drained.insert(due.slot->channel); });
  ReadClocks();
  due_.clear();
  for (uint32_t number : drained) {
    Channel* channel = ChannelAt(number);
    if (channel == nullptr) continue;
    DrainChannel(*channel);
    for (Receiver& receiver : channel->receivers)
      if (HasDropped(receiver) && has_stalled_) dropped.insert(number);
  }
  for (Deadline* first = silences_.Peek(); first != nullptr && first->at_us <= now_us; first = silences_.Peek()) {
    Slot& slot = *first->slot;
    if (dropped.contains(slot.channel)) {
      silences_.Arm(*first, now_us + std::max<int64_t>(slot.allowed_us, 1));
      continue;
    }
    if (due_.size() < kBatchSlots && MayLead(slot)) {
      slot.silent_us = first->at_us;
      silences_.Disarm(*first);
      due_.push_back(&slot);
    } else {
      TellSilence(slot);
    }
  }
  if (!due_.empty()) SendFirst();
}

void Engine::TellSilence(Slot& slot) {
  slot.watch = Slot::Watch::kSilent;
  slot.silent_us = slot.silence_due.at_us;
  told_.Add(Kind::kSilence, slot.number, slot.generation, static_cast<double>(slot.silent_us), 0);
  silences_.Disarm(slot.silence_due);
}

void Engine::ArmTimer() {
  int64_t next_us = std::min(adverts_.NextUs(), silences_.NextUs());
  if (lease_us_ > 0 && announced_ > 0) next_us = std::min(next_us, lease_until_us_.load(std::memory_order_relaxed));
  if (is_dense_) next_us = std::min(next_us, heard_us_ + kDenseUs);
  if (next_us == timer_us_ && !is_kicked_) return;
  timer_us_ = next_us;
  is_kicked_ = false;
  struct itimerspec at {};
  if (next_us != kNever) {
    // Zero would disarm it.
    next_us = std::max<int64_t>(next_us, 1);
    at.it_value.tv_sec = next_us / 1'000'000;
    at.it_value.tv_nsec = next_us % 1'000'000 * 1000;
  }
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &at, nullptr);
}

}  // namespace heartbeat
