#include "engine.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace heartbeat {

namespace {

// It keeps little on it.
constexpr size_t kStackBytes = 256 * 1024;
// It takes little, and that in time: before it, others wait for their turn by milliseconds. Whoever gives all threads of the process
// another value, as the configuration can, gives it to this one, too.
constexpr int kNice = -20;
// Adverts of ours are further apart: no interval makes a busy loop.
constexpr int64_t kShortestIntervalUs = 1000;
// Sockets of the largest configuration that are heard of in one turn; others are in the next.
constexpr size_t kMostEvents = 256;
// A pending error is read once; one that stays would be read for ever.
constexpr uint32_t kErrorsInARow = 16;
// Before silence is told: as much as the receive buffer of a socket may hold, in batches.
constexpr int kDrainBatches = 256;
// A clock that is slewed differs less.
constexpr int64_t kClockToleranceUs = 1000;
constexpr int64_t kDistrustUs = 100'000;

[[noreturn]] void Fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Which packets may be the same: those of one sender for one virtual router on one channel. 0: no advert.
uint64_t KeyOf(const Channel& channel, const uint8_t* bytes, size_t length) {
  constexpr size_t kIpv4Source = 12, kIpv6Source = 8;
  uint64_t key = RouterOf(channel, bytes, length);
  if (key == 0) return 0;
  const uint8_t* source = bytes + (channel.is_ipv6 ? kIpv6Source : kIpv4Source);
  for (size_t i = 0; i < (channel.is_ipv6 ? 16u : 4u); ++i) key = (key ^ source[i]) * 0x100000001b3u;
  return key;
}

bool SaysTheSame(const Slot& slot, const ReceivedPacket& packet) {
  if (packet.length != slot.known.size()) return false;
  uint8_t difference = 0;
  for (size_t i = 0; i < packet.length; ++i)
    difference |= static_cast<uint8_t>((packet.bytes[i] ^ slot.known[i]) & slot.mask[i]);
  return difference == 0;
}

}  // namespace

Engine::Engine(int64_t lease_us) : lease_us_(lease_us) {
  events_.resize(kMostEvents);
  told_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  timer_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  timer_epoll_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event timer {};
  timer.events = EPOLLIN;
  if (told_fd_ < 0 || timer_fd_ < 0 || timer_epoll_ < 0 || epoll_ < 0 ||
      epoll_ctl(timer_epoll_, EPOLL_CTL_ADD, timer_fd_, &timer) != 0 ||
      epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_fd_, &timer) != 0) {
    int errnum = errno;
    CloseFds();
    errno = errnum;
    Fail("heartbeat engine");
  }
  last_read_ = Now();
  RenewLease();

  // Signals are for the thread that has always had them.
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  auto run = [](void* engine) -> void* {
    // Of this thread alone. Where it may not, it runs as the others do.
    setpriority(PRIO_PROCESS, 0, kNice);
    static_cast<Engine*>(engine)->Run();
    return nullptr;
  };
  int errnum = pthread_create(&thread_, &attributes, run, this);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  if (errnum != 0) {
    CloseFds();
    errno = errnum;
    Fail("pthread_create");
  }
  pthread_setname_np(thread_, "heartbeat");
}

Engine::~Engine() {
  is_stopping_ = true;
  {
    Guard guard(mutex_);
    Kick();
  }
  pthread_join(thread_, nullptr);
  CloseFds();
}

// The thread has a turn, after which the timer is set anew.
void Engine::Kick() {
  is_kicked_ = true;
  struct itimerspec now {};
  now.it_value.tv_nsec = 1;
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &now, nullptr);
}

void Engine::ShowLife(uint32_t* word) {
  Guard guard(mutex_);
  life_to_show_ = word;
  Kick();
}

void Engine::CloseFds() {
  for (auto& [number, channel] : channels_) {
    for (Receiver& receiver : channel.receivers) close(receiver.fd);
    if (channel.sender >= 0) close(channel.sender);
  }
  for (int fd : {told_fd_, timer_fd_, timer_epoll_, epoll_})
    if (fd >= 0) close(fd);
}

int Engine::SetRealtime(int priority) {
  struct sched_param parameters {};
  parameters.sched_priority = priority;
  return pthread_setschedparam(thread_, priority > 0 ? SCHED_RR : SCHED_OTHER, &parameters);
}

size_t Engine::TakeTold(uint8_t* into, size_t room) {
  Guard guard(mutex_);
  size_t length = told_.Take(into, room);
  if (told_.empty() && is_told_) {
    uint64_t count;
    is_told_ = read(told_fd_, &count, sizeof count) < 0 && errno != EAGAIN;
  }
  return length;
}

void Engine::OpenChannel(uint32_t number, bool is_ipv6, uint32_t index, int sender) {
  Guard guard(mutex_);
  Channel& channel = channels_[number];
  for (Receiver& receiver : channel.receivers) close(receiver.fd);
  if (channel.sender >= 0) close(channel.sender);
  channel = Channel{number, is_ipv6, index, sender, {}};
}

void Engine::AddReceiver(uint32_t number, int fd, uint8_t protocol) {
  Guard guard(mutex_);
  Channel* channel = ChannelAt(number);
  struct epoll_event event {};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<uint64_t>(number) << 32 | static_cast<uint32_t>(fd);
  if (channel == nullptr || epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    int errnum = channel == nullptr ? EBADF : errno;
    errno = errnum;
    Fail("epoll_ctl");
  }
  Receiver receiver;
  receiver.fd = fd;
  receiver.protocol = protocol;
  receiver.emptied_us = Now().us;
  Discard(fd);
  HasDropped(receiver);
  channel->receivers.push_back(receiver);
}

void Engine::CloseChannel(uint32_t number) {
  Guard guard(mutex_);
  Channel* channel = ChannelAt(number);
  if (channel == nullptr) return;
  for (Receiver& receiver : channel->receivers) close(receiver.fd);
  if (channel->sender >= 0) close(channel->sender);
  channels_.erase(number);
}

int Engine::Send(uint32_t number, const uint8_t* bytes, size_t length) {
  Guard guard(mutex_);
  Channel* channel = ChannelAt(number);
  return channel == nullptr || channel->sender < 0 ? -1 : SendOne(*channel, bytes, length);
}

void Engine::Drain(uint32_t number) {
  Guard guard(mutex_);
  Channel* channel = ChannelAt(number);
  if (channel == nullptr) return;
  ReadClocks();
  DrainChannel(*channel);
  Settle();
}

void Engine::NoteSent(uint32_t number, double* sent_at) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot != nullptr) slot->sent_at = sent_at;
}

uint32_t Engine::AddSlot(uint32_t channel) {
  Guard guard(mutex_);
  last_slot_ += 1;
  slots_.emplace(last_slot_, std::make_unique<Slot>(last_slot_, channel));
  return last_slot_;
}

void Engine::RemoveSlot(uint32_t number) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr) return;
  Rest(*slot);
  if (slot->is_announced) announced_ -= 1;
  adverts_.Disarm(slot->advert_due);
  // A batch that is being sent does not outlive the lock.
  slots_.erase(number);
}

void Engine::Announce(uint32_t number, Announcement announcement) {
  RenewLease();
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr) return;
  if (!slot->is_announced) announced_ += 1;
  slot->is_announced = true;
  slot->packets = std::move(announcement.packets);
  slot->resignation = std::move(announcement.resignation);
  slot->interval_us = std::max(kShortestIntervalUs, announcement.interval_us);
  slot->advert_tolerance_us = announcement.tolerance_us;
  slot->expired_us = announcement.expired_us;
  slot->is_failing = announcement.is_failing;
  slot->identification = announcement.identification;
  adverts_.Arm(slot->advert_due, announcement.next_us + PatienceUs(slot->interval_us));
  ArmTimer();
}

void Engine::Revise(uint32_t number, std::vector<Packet> packets, std::vector<Packet> resignation) {
  RenewLease();
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || !slot->is_announced) return;
  slot->packets = std::move(packets);
  slot->resignation = std::move(resignation);
}

void Engine::SetFailing(uint32_t number, bool is_failing) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot != nullptr) slot->is_failing = is_failing;
}

void Engine::StopAnnouncing(uint32_t number) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || !slot->is_announced) return;
  slot->is_announced = false;
  announced_ -= 1;
  adverts_.Disarm(slot->advert_due);
}

bool Engine::IsAnnounced(uint32_t number) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  return slot != nullptr && slot->is_announced;
}

void Engine::Watch(uint32_t number, int64_t deadline_us, int64_t allowed_us, int64_t tolerance_us) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || slot->has_led) return;
  slot->watch = Slot::Watch::kWaiting;
  slot->generation += 1;
  slot->allowed_us = allowed_us;
  slot->silence_tolerance_us = tolerance_us;
  silences_.Arm(slot->silence_due, deadline_us);
  ArmTimer();
}

void Engine::Adjust(uint32_t number, int64_t allowed_us) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || slot->watch == Slot::Watch::kNone) return;
  int64_t change_us = allowed_us - slot->allowed_us;
  slot->allowed_us = allowed_us;
  // A silence that has been told stays one, unless there is more time now.
  if (slot->watch == Slot::Watch::kSilent && change_us <= 0) return;
  int64_t from_us = slot->watch == Slot::Watch::kSilent ? slot->silent_us : slot->silence_due.at_us;
  slot->watch = Slot::Watch::kWaiting;
  slot->generation += 1;
  silences_.Arm(slot->silence_due, from_us + change_us);
  ArmTimer();
}

void Engine::Heard(uint32_t number, int64_t at_us) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || slot->watch == Slot::Watch::kNone) return;
  PutOff(*slot, at_us);
  ArmTimer();
}

void Engine::SetKnown(uint32_t number, Packet known, std::vector<uint8_t> mask) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || slot->has_led) return;
  ForgetKnown(*slot);
  Channel* channel = ChannelAt(slot->channel);
  if (channel == nullptr || known.size() != mask.size()) return;
  slot->known_key = KeyOf(*channel, known.data(), known.size());
  if (slot->known_key == 0) return;
  slot->known = std::move(known);
  slot->mask = std::move(mask);
  known_.emplace(slot->known_key, slot);
}

void Engine::StopWatching(uint32_t number) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot != nullptr) Rest(*slot);
}

bool Engine::ConfirmSilence(uint32_t number, uint32_t generation) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr || slot->watch != Slot::Watch::kSilent || slot->generation != generation) return false;
  Rest(*slot);
  return true;
}

Counts Engine::Take(uint32_t number) {
  Guard guard(mutex_);
  Slot* slot = SlotAt(number);
  if (slot == nullptr) return {};
  return {std::exchange(slot->sent, {}), std::exchange(slot->received, {}), slot->identification};
}

Slot* Engine::SlotAt(uint32_t number) {
  auto found = slots_.find(number);
  return found == slots_.end() ? nullptr : found->second.get();
}

Channel* Engine::ChannelAt(uint32_t number) {
  auto found = channels_.find(number);
  return found == channels_.end() ? nullptr : &found->second;
}

void Engine::ForgetKnown(Slot& slot) {
  if (slot.known.empty()) return;
  auto [first, last] = known_.equal_range(slot.known_key);
  auto found = std::find_if(first, last, [&](const auto& entry) { return entry.second == &slot; });
  if (found != last) known_.erase(found);
  slot.known.clear();
  slot.mask.clear();
}

// Nothing is awaited any more.
void Engine::Rest(Slot& slot) {
  ForgetKnown(slot);
  slot.first.clear();
  slot.watch = Slot::Watch::kNone;
  slot.generation += 1;
  silences_.Disarm(slot.silence_due);
}

// Never nearer, and a silence that nobody has acted on yet is none.
void Engine::PutOff(Slot& slot, int64_t at_us) {
  int64_t deadline_us = at_us + slot.allowed_us;
  if (slot.watch == Slot::Watch::kWaiting) {
    silences_.Arm(slot.silence_due, std::max(slot.silence_due.at_us, deadline_us));
  } else if (slot.watch == Slot::Watch::kSilent) {
    slot.watch = Slot::Watch::kWaiting;
    slot.generation += 1;
    silences_.Arm(slot.silence_due, deadline_us);
  }
}

Slot* Engine::FindKnown(const Channel& channel, const ReceivedPacket& packet) {
  auto [first, last] = known_.equal_range(KeyOf(channel, packet.bytes, packet.length));
  for (auto entry = first; entry != last; ++entry)
    if (SaysTheSame(*entry->second, packet)) return entry->second;
  return nullptr;
}

void Engine::Received(const Channel& channel, const ReceivedPacket& packet) {
  packets_read_ += 1;
  Slot* slot = FindKnown(channel, packet);
  if (slot == nullptr) {
    // As many as there are virtual routers, whatever comes.
    unanswered_.insert(RouterOf(channel, packet.bytes, packet.length));
    told_.Add(Kind::kPacket, channel.number, 0, static_cast<double>(packet.at.us),
              static_cast<double>(packet.at.wall_us), packet.bytes, packet.length);
    return;
  }
  slot->received.Add(packet.at);
  PutOff(*slot, packet.at.us);
}

bool Engine::ReadBatch(Channel& channel, Receiver& receiver) {
  bool trusts_timestamps = last_read_.us >= distrusts_until_us_;
  auto outcome = reader_.Read(channel, receiver, last_read_, trusts_timestamps,
                              [&](const ReceivedPacket& packet) { Received(channel, packet); });
  if (outcome != BatchReader::Outcome::kFailed) return outcome == BatchReader::Outcome::kEmpty;
  // Reading takes a pending error away (ENETDOWN when the link goes down).
  receiver.errors_in_a_row += 1;
  if (receiver.errors_in_a_row > kErrorsInARow) Break(channel, receiver, reader_.errnum());
  return true;
}

void Engine::DrainChannel(Channel& channel) {
  for (Receiver& receiver : channel.receivers)
    for (int batches = 0; batches < kDrainBatches && !receiver.is_broken && !ReadBatch(channel, receiver);) batches += 1;
}

void Engine::Break(Channel& channel, Receiver& receiver, int errnum) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, receiver.fd, nullptr);
  receiver.is_broken = true;
  const char* why = ReasonOf(errnum);
  told_.Add(Kind::kBroken, channel.number, 0, 0, 0, why, std::strlen(why));
}

Instant Engine::ReadClocks() {
  Instant now = Now();
  int64_t drift_us = (now.wall_us - now.us) - (last_read_.wall_us - last_read_.us);
  int64_t tolerance_us = kClockToleranceUs + (now.us - last_read_.us) / 1000;
  if (drift_us > tolerance_us || drift_us < -tolerance_us) distrusts_until_us_ = now.us + kDistrustUs;
  last_read_ = now;
  return now;
}

void Engine::Settle() {
  ArmTimer();
  if (told_.empty() || is_told_) return;
  uint64_t one = 1;
  is_told_ = write(told_fd_, &one, sizeof one) == sizeof one;
}

}  // namespace heartbeat
