// What has to be told to whoever decides: messages in the order in which things happened.
//
// A message is a header and `bytes` bytes, filled up to a multiple of eight.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

namespace heartbeat {

enum class Kind : uint32_t {
  // id: channel; one, two: when it came, monotonic and Unix time; bytes: the packet.
  kPacket = 1,
  // id: slot; detail: generation; one: the deadline.
  kSilence = 2,
  // id: slot; one: how late its deadlines were met.
  kStalled = 3,
  // id: slot; detail: which packet; bytes: why.
  kSendFailed = 4,
  // id: slot.
  kSendRecovered = 5,
  // id: channel; bytes: why. Nothing is heard there any more.
  kBroken = 6,
  // detail: packets that there was no room for.
  kLost = 7,
  // id: slot; detail: 1: priority 0 has left; one, two: when, monotonic and Unix time.
  kLeaseLost = 8,
  // id: slot; one: the deadline; two: when its first advert left. The silence stands: nothing that comes later breaks it.
  kLed = 9,
};

struct Header {
  Kind kind;
  uint32_t id;
  uint32_t detail;
  uint32_t bytes;
  double one;
  double two;
};
static_assert(sizeof(Header) == 32);

class Told {
 public:
  void Add(Kind kind, uint32_t id, uint32_t detail, double one, double two, const void* bytes = nullptr,
           size_t length = 0) {
    if (kind == Kind::kPacket && data_.size() - taken_ + length > kRoomForPackets) {
      lost_ += 1;
      return;
    }
    if (lost_ > 0) {
      uint32_t lost = lost_;
      lost_ = 0;
      Append({Kind::kLost, 0, lost, 0, 0, 0}, nullptr);
    }
    Append({kind, id, detail, static_cast<uint32_t>(length), one, two}, bytes);
  }

  bool empty() const { return taken_ == data_.size(); }

  // As many whole messages as there is room for; gives their length.
  size_t Take(uint8_t* into, size_t room) {
    size_t length = 0;
    while (taken_ + length < data_.size()) {
      Header header;
      std::memcpy(&header, &data_[taken_ + length], sizeof header);
      size_t next = length + sizeof header + Padded(header.bytes);
      if (next > room) break;
      length = next;
    }
    if (length == 0) return 0;
    std::memcpy(into, &data_[taken_], length);
    taken_ += length;
    if (taken_ == data_.size()) {
      data_.clear();
      taken_ = 0;
    }
    return length;
  }

 private:
  // As much as the receive buffer of a socket: a flood costs memory within bounds. All else is a message for a slot or less.
  static constexpr size_t kRoomForPackets = 2 << 20;

  static size_t Padded(size_t bytes) { return (bytes + 7) / 8 * 8; }

  void Append(const Header& header, const void* bytes) {
    size_t at = data_.size();
    data_.resize(at + sizeof header + Padded(header.bytes));
    std::memcpy(&data_[at], &header, sizeof header);
    if (bytes != nullptr) std::memcpy(&data_[at + sizeof header], bytes, header.bytes);
  }

  std::vector<uint8_t> data_;
  size_t taken_ = 0;
  uint32_t lost_ = 0;
};

}  // namespace heartbeat
