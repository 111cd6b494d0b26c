// The first advert of a router that takes over: announced with the watch, it leaves at the deadline itself, before anybody is asked.
#include "engine.h"

#include <utility>

namespace heartbeat {

bool Engine::Lead(uint32_t number, std::vector<Packet> first, uint16_t identification) {
  RenewLease();
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || slot->has_led) return false;
  slot->first.clear();
  Channel* channel = ChannelAt(slot->channel);
  if (channel == nullptr || slot->is_announced || first.empty()) return true;
  slot->router = RouterOf(*channel, first.front().data(), first.front().size());
  if (slot->router == 0) return true;
  slot->first = std::move(first);
  slot->identification = identification;
  return true;
}

void Engine::Answered() {
  RenewLease();
  Guard guard(mutex_);
  if (told_.empty()) unanswered_.clear();
}

bool Engine::TakeUp(uint32_t number) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  return slot != nullptr && std::exchange(slot->has_led, false);
}

// Not for somebody who may not live any more, nor while it has something to think about.
bool Engine::MayLead(const Slot& slot) const {
  bool holds_lease = lease_us_ == 0 || last_read_.us < lease_until_us_.load(std::memory_order_relaxed);
  return !slot.first.empty() && !slot.is_announced && holds_lease && !unanswered_.contains(slot.router);
}

// The first adverts of those in `due_`, together; of those that cannot leave silence is told alone.
void Engine::SendFirst() {
  for (Slot* slot : due_) slot->packets = std::exchange(slot->first, {});
  Instant now = ReadClocks();
  SendBatch(now);
  for (Slot* slot : due_) {
    if (slot->sent.count == 0 || slot->sent.last.us != now.us) {
      silences_.Arm(slot->silence_due, slot->silent_us);
      TellSilence(*slot);
      continue;
    }
    told_.Add(Kind::kLed, slot->number, 0, static_cast<double>(slot->silent_us), static_cast<double>(now.us));
    Rest(*slot);
    slot->has_led = true;
  }
}

}  // namespace heartbeat
