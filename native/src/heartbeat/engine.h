// Repeats adverts and awaits those of others, on a thread of its own. It decides nothing: what is sent, which packet says the
// same again and how long silence may last is said by whoever uses it, who hears of everything else (told.h).
//
// Every function may be called from any thread. One lock guards all of it; the thread holds it while it works, never while
// it sleeps.
#pragma once

#include <atomic>
#include <cstdint>
#include <linux/futex.h>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <sys/epoll.h>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "channel.h"
#include "clock.h"
#include "deadline-heap.h"
#include "pi-mutex.h"
#include "slot.h"
#include "told.h"

namespace heartbeat {

// What is announced, and how.
struct Announcement {
  std::vector<Packet> packets;
  std::vector<Packet> resignation;
  int64_t interval_us = 0;
  int64_t next_us = 0;
  int64_t tolerance_us = 0;
  // An advert that is so late does not leave; 0: it always does.
  int64_t expired_us = 0;
  bool is_failing = false;
  // IP identification of the last packet.
  uint16_t identification = 0;
};

struct Counts {
  Count sent;
  Count received;
  uint16_t identification = 0;
};

class Engine {
 public:
  // Throws std::system_error. `lease_us`: what is announced is given up when nobody has renewed for so long; 0: never.
  explicit Engine(int64_t lease_us);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Readable as long as something is to be told.
  int told_fd() const { return told_fd_; }
  size_t TakeTold(uint8_t* into, size_t room);

  // Sockets are closed with their channel. A channel that is there already gets these in place of what it had.
  void OpenChannel(uint32_t channel, bool is_ipv6, uint32_t index, int sender);
  // Throws std::system_error; then the socket is still the caller's.
  void AddReceiver(uint32_t channel, int fd, uint8_t protocol);
  void CloseChannel(uint32_t channel);
  // errno; -1: there is no such channel.
  int Send(uint32_t channel, const uint8_t* bytes, size_t length);
  // Reads its sockets empty.
  void Drain(uint32_t channel);

  uint32_t AddSlot(uint32_t channel);
  void RemoveSlot(uint32_t slot);
  // Has to be there for as long as the slot.
  void NoteSent(uint32_t slot, double* sent_at);
  // Has to be there for as long as the engine: a robust futex of its thread. The kernel marks it (FUTEX_OWNER_DIED) and wakes who
  // waits there as soon as the thread is dead, whatever ended it.
  void ShowLife(uint32_t* word);
  void Announce(uint32_t slot, Announcement announcement);
  // From the next one on.
  void Revise(uint32_t slot, std::vector<Packet> packets, std::vector<Packet> resignation);
  void SetFailing(uint32_t slot, bool is_failing);
  void StopAnnouncing(uint32_t slot);
  bool IsAnnounced(uint32_t slot);

  // One advert that leaves at the deadline itself if silence is found, as long as the lease holds and everything that was told of
  // its virtual router has been answered; else the silence is told alone. It leaves once. Without packets: none does. False: it has
  // left, and nothing changes any more. `identification`: IP identification of the advert before it.
  bool Lead(uint32_t slot, std::vector<Packet> first, uint16_t identification);
  // Whoever is told has acted on all that it took.
  void Answered();
  // Of an advert that has left by itself: whoever is told answers for it from now on. False: that is an old story.
  bool TakeUp(uint32_t slot);

  // Nothing if its first advert has left: whoever asks has not heard of that yet.
  void Watch(uint32_t slot, int64_t deadline_us, int64_t allowed_us, int64_t tolerance_us);
  // The deadline moves by as much as the allowed time changes.
  void Adjust(uint32_t slot, int64_t allowed_us);
  // The awaited one was heard: the deadline is put off.
  void Heard(uint32_t slot, int64_t at_us);
  void SetKnown(uint32_t slot, Packet known, std::vector<uint8_t> mask);
  void StopWatching(uint32_t slot);
  // Whether a silence that was told still is one; then nothing is awaited any more.
  bool ConfirmSilence(uint32_t slot, uint32_t generation);
  Counts Take(uint32_t slot);

  void RenewLease() { lease_until_us_.store(Now().us + lease_us_, std::memory_order_relaxed); }
  // errno. 1 to 99: SCHED_RR; 0: ordinary.
  int SetRealtime(int priority);

 private:
  using Guard = std::unique_lock<PiMutex>;

  void Run();
  void BeginToShowLife();
  void Kick();
  // The thread's part (turn.cc).
  int WaitForEvents();
  void Turn(Guard& guard, int events);
  void NoteStalls(int64_t now_us);
  void TellStall(Slot& slot, int64_t late_us, int64_t now_us);
  void KeepLease(const Instant& now);
  void SendDue(Guard& guard);
  void Collect(int64_t now_us);
  void SendBatch(const Instant& now);
  void NoteOutcome(Slot& slot, size_t from, size_t to, const Instant& now);
  void ReadReady(Guard& guard, int events);
  void TellSilences();
  void TellSilence(Slot& slot);
  // Of those in `due_` (first-advert.cc).
  bool MayLead(const Slot& slot) const;
  void SendFirst();

  // False: there may be more.
  bool ReadBatch(Channel& channel, Receiver& receiver);
  void DrainChannel(Channel& channel);
  void Received(const Channel& channel, const ReceivedPacket& packet);
  Slot* FindKnown(const Channel& channel, const ReceivedPacket& packet);
  void Break(Channel& channel, Receiver& receiver, int errnum);
  void PutOff(Slot& slot, int64_t at_us);
  void ForgetKnown(Slot& slot);
  void Rest(Slot& slot);
  Slot* SlotAt(uint32_t number);
  Channel* ChannelAt(uint32_t number);
  Instant ReadClocks();
  // After whatever may have changed what is due next, or what is to be told.
  void Settle();
  void ArmTimer();
  void CloseFds();

  const int64_t lease_us_;
  std::atomic<int64_t> lease_until_us_{0};
  std::atomic<bool> is_stopping_{false};
  int told_fd_ = -1;
  int timer_fd_ = -1;
  // Hears the timer alone: while much arrives the sockets are looked at every now and then.
  int timer_epoll_ = -1;
  int epoll_ = -1;

  PiMutex mutex_;
  Told told_;
  bool is_told_ = false;
  std::unordered_map<uint32_t, Channel> channels_;
  std::unordered_map<uint32_t, std::unique_ptr<Slot>> slots_;
  std::unordered_multimap<uint64_t, Slot*> known_;
  uint32_t last_slot_ = 0;
  size_t announced_ = 0;
  // Virtual routers of which something was told that may not have been answered yet.
  std::unordered_set<uint64_t> unanswered_;
  DeadlineHeap adverts_;
  DeadlineHeap silences_;
  // What the timer is set to.
  int64_t timer_us_ = kNever;
  // It has been set to now in place of that.
  bool is_kicked_ = false;
  // Deadlines up to here have had their lateness judged.
  int64_t stalls_noted_us_ = INT64_MIN;
  bool has_stalled_ = false;
  Instant last_read_;
  // After somebody has set the clock, what the kernel has noted by it says nothing for a while.
  int64_t distrusts_until_us_ = INT64_MIN;
  // When packets were read last, and whether they come so often that the sockets are not waited for.
  int64_t heard_us_ = INT64_MIN / 2;
  uint32_t packets_read_ = 0;
  bool is_dense_ = false;
  BatchReader reader_;
  // Null: nobody asked for it, or it is shown.
  uint32_t* life_to_show_ = nullptr;
  struct robust_list life_entry_ {};
  struct robust_list_head life_ {};
  // A batch of adverts that leave together, and what became of their packets.
  std::vector<Slot*> due_;
  std::vector<Outgoing> outgoing_;
  std::vector<struct epoll_event> events_;

  pthread_t thread_{};
};

}  // namespace heartbeat
