// The sockets of one family on one interface: adverts out, adverts in with the time at which the kernel received them.
#pragma once

#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "clock.h"
#include "slot.h"

namespace heartbeat {

struct ReceivedPacket {
  const uint8_t* bytes;
  size_t length;
  Instant at;
};

struct Receiver {
  int fd = -1;
  // IP protocol of what it hears.
  uint8_t protocol = 0;
  // By CLOCK_MONOTONIC, when it was known to be empty: what is read next is younger.
  int64_t emptied_us = 0;
  uint32_t errors_in_a_row = 0;
  // Nothing is read from it any more; it is closed with its channel.
  bool is_broken = false;
  // Packets that the kernel had no room for, as far as they were noted.
  uint32_t drops = 0;
};

struct Channel {
  uint32_t number = 0;
  bool is_ipv6 = false;
  // Of the interface; 0: none.
  uint32_t index = 0;
  int sender = -1;
  std::vector<Receiver> receivers;
};

// A packet that is to leave.
struct Outgoing {
  const Packet* packet;
  int errnum = 0;
};

// Sends all of them, which may take several calls; each has its own outcome.
void SendAll(const Channel& channel, std::vector<Outgoing>& packets, size_t from, size_t to);

// errno of one packet; 0: it has left.
int SendOne(const Channel& channel, const uint8_t* bytes, size_t length);

// Words for an errno; -1: there is nothing to send by.
const char* ReasonOf(int errnum);

// Throws away what waits: until it is bound, a socket hears every interface.
void Discard(int fd);

// Whether the kernel has thrown packets away since this was asked last.
bool HasDropped(Receiver& receiver);

// For which virtual router on which channel a packet is. 0: no advert.
uint64_t RouterOf(const Channel& channel, const uint8_t* bytes, size_t length);

// Reads many packets with one call. The buffers are there once, for whatever socket.
class BatchReader {
 public:
  static constexpr int kBatch = 32;

  BatchReader();

  enum class Outcome { kMore, kEmpty, kFailed };
  // One call. kFailed: errnum() says why; the next call may do better.
  Outcome Read(const Channel& channel, Receiver& receiver, const Instant& now, bool trusts_timestamps,
               const std::function<void(const ReceivedPacket&)>& received);
  int errnum() const { return errnum_; }

 private:
  // More than the longest advert (60 + 24 + 8 + 255 * 16 + 28); what is longer is cut and then refused for its length.
  static constexpr size_t kPacketBytes = 4608;
  static constexpr size_t kControlBytes = 256;

  void Prepare(bool is_ipv6);
  size_t Restore(const Receiver& receiver, int at, size_t length);
  Instant ArrivalOf(int at, const Receiver& receiver, const Instant& now, bool trusts_timestamps);

  std::vector<uint8_t> buffers_;
  std::vector<uint8_t> controls_;
  std::vector<struct mmsghdr> messages_;
  std::vector<struct iovec> parts_;
  std::vector<struct sockaddr_in6> sources_;
  int errnum_ = 0;
};

}  // namespace heartbeat
