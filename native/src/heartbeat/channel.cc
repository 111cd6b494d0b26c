#include "channel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/sock_diag.h>
#include <netinet/ip6.h>

namespace heartbeat {

namespace {

constexpr size_t kIpv6Header = sizeof(struct ip6_hdr);
constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv4Destination = 16;
constexpr size_t kIpv6Destination = 24;

// Where a packet goes; its own header says so. Only link-local addresses and groups of IPv6 need the interface: for others
// the routing table may know better.
socklen_t DestinationOf(const Channel& channel, const uint8_t* bytes, size_t length, struct sockaddr_in6* into) {
  std::memset(into, 0, sizeof *into);
  if (channel.is_ipv6) {
    if (length < kIpv6Header) return 0;
    into->sin6_family = AF_INET6;
    std::memcpy(&into->sin6_addr, bytes + kIpv6Destination, sizeof into->sin6_addr);
    bool is_local = IN6_IS_ADDR_LINKLOCAL(&into->sin6_addr) || IN6_IS_ADDR_MULTICAST(&into->sin6_addr);
    into->sin6_scope_id = is_local ? channel.index : 0;
    return sizeof *into;
  }
  if (length < kIpv4Header) return 0;
  auto* ipv4 = reinterpret_cast<struct sockaddr_in*>(into);
  ipv4->sin_family = AF_INET;
  std::memcpy(&ipv4->sin_addr, bytes + kIpv4Destination, sizeof ipv4->sin_addr);
  return sizeof *ipv4;
}

}  // namespace

int SendOne(const Channel& channel, const uint8_t* bytes, size_t length) {
  struct sockaddr_in6 to;
  socklen_t to_length = DestinationOf(channel, bytes, length, &to);
  if (to_length == 0) return EINVAL;
  ssize_t sent;
  do {
    sent = sendto(channel.sender, bytes, length, MSG_DONTWAIT, reinterpret_cast<struct sockaddr*>(&to), to_length);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

void SendAll(const Channel& channel, std::vector<Outgoing>& packets, size_t from, size_t to) {
  constexpr size_t kMost = 64;
  struct mmsghdr messages[kMost];
  struct iovec parts[kMost];
  struct sockaddr_in6 destinations[kMost];
  while (from < to) {
    size_t count = std::min(kMost, to - from);
    for (size_t i = 0; i < count; ++i) {
      const Packet& packet = *packets[from + i].packet;
      parts[i] = {const_cast<uint8_t*>(packet.data()), packet.size()};
      messages[i] = {};
      messages[i].msg_hdr.msg_name = &destinations[i];
      messages[i].msg_hdr.msg_namelen = DestinationOf(channel, packet.data(), packet.size(), &destinations[i]);
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    int sent = sendmmsg(channel.sender, messages, static_cast<unsigned int>(count), MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) packets[from].errnum = errno;
    from += sent < 0 ? 1 : static_cast<size_t>(sent);
  }
}

const char* ReasonOf(int errnum) {
  if (errnum < 0) return "the interface is missing";
  const char* why = strerrordesc_np(errnum);
  return why == nullptr ? "unknown error" : why;
}

void Discard(int fd) {
  // As much as the receive buffer may hold.
  constexpr int kMost = 8192;
  uint8_t scrap[1];
  for (int i = 0; i < kMost && recv(fd, scrap, sizeof scrap, MSG_DONTWAIT) >= 0;) i += 1;
}

bool HasDropped(Receiver& receiver) {
  uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t length = sizeof memory;
  if (getsockopt(receiver.fd, SOL_SOCKET, SO_MEMINFO, memory, &length) != 0) return false;
  uint32_t drops = memory[SK_MEMINFO_DROPS];
  bool has_dropped = drops != receiver.drops;
  receiver.drops = drops;
  return has_dropped;
}

BatchReader::BatchReader()
    : buffers_(kBatch * kPacketBytes),
      controls_(kBatch * kControlBytes),
      messages_(kBatch),
      parts_(kBatch),
      sources_(kBatch) {}

// Of IPv6 the kernel keeps the header to itself: room for it is left.
void BatchReader::Prepare(bool is_ipv6) {
  size_t header = is_ipv6 ? kIpv6Header : 0;
  for (int i = 0; i < kBatch; ++i) {
    parts_[i] = {&buffers_[i * kPacketBytes + header], kPacketBytes - header};
    struct msghdr& message = messages_[i].msg_hdr;
    message = {};
    message.msg_name = is_ipv6 ? &sources_[i] : nullptr;
    message.msg_namelen = is_ipv6 ? sizeof sources_[i] : 0;
    message.msg_iov = &parts_[i];
    message.msg_iovlen = 1;
    message.msg_control = &controls_[i * kControlBytes];
    message.msg_controllen = kControlBytes;
  }
}

BatchReader::Outcome BatchReader::Read(const Channel& channel, Receiver& receiver, const Instant& now,
                                       bool trusts_timestamps,
                                       const std::function<void(const ReceivedPacket&)>& received) {
  Prepare(channel.is_ipv6);
  int count;
  do {
    count = recvmmsg(receiver.fd, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    errnum_ = errno;
    if (errnum_ != EAGAIN && errnum_ != EWOULDBLOCK) return Outcome::kFailed;
    receiver.emptied_us = now.us;
    receiver.errors_in_a_row = 0;
    return Outcome::kEmpty;
  }
  receiver.errors_in_a_row = 0;
  for (int i = 0; i < count; ++i) {
    Instant at = ArrivalOf(i, receiver, now, trusts_timestamps);
    size_t length = messages_[i].msg_len;
    if (channel.is_ipv6) length = Restore(receiver, i, length);
    received({&buffers_[i * kPacketBytes], length, at});
  }
  if (count == kBatch) return Outcome::kMore;
  receiver.emptied_us = now.us;
  return Outcome::kEmpty;
}

// Writes the header that the packet had, without flow label and extension headers; gives the length of both.
size_t BatchReader::Restore(const Receiver& receiver, int at, size_t length) {
  struct ip6_hdr header {};
  int traffic_class = 0;
  struct msghdr& message = messages_[at].msg_hdr;
  for (struct cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level != IPPROTO_IPV6) continue;
    if (item->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo to;
      std::memcpy(&to, CMSG_DATA(item), sizeof to);
      header.ip6_dst = to.ipi6_addr;
    } else if (item->cmsg_type == IPV6_HOPLIMIT) {
      int hops = 0;
      std::memcpy(&hops, CMSG_DATA(item), sizeof hops);
      header.ip6_hlim = static_cast<uint8_t>(hops);
    } else if (item->cmsg_type == IPV6_TCLASS) {
      std::memcpy(&traffic_class, CMSG_DATA(item), sizeof traffic_class);
    }
  }
  header.ip6_flow = htonl((6u << 28) | (static_cast<uint32_t>(traffic_class & 255) << 20));
  header.ip6_plen = htons(static_cast<uint16_t>(length));
  header.ip6_nxt = receiver.protocol;
  header.ip6_src = sources_[at].sin6_addr;
  std::memcpy(&buffers_[at * kPacketBytes], &header, kIpv6Header);
  return length + kIpv6Header;
}

// The kernel tells Unix time, which others may set; it cannot be younger than now, nor older than the emptiness of the socket.
Instant BatchReader::ArrivalOf(int at, const Receiver& receiver, const Instant& now, bool trusts_timestamps) {
  if (!trusts_timestamps) return now;
  struct msghdr& message = messages_[at].msg_hdr;
  for (struct cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec stamp;
    std::memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
    int64_t wall_us = static_cast<int64_t>(stamp.tv_sec) * 1'000'000 + stamp.tv_nsec / 1000;
    int64_t oldest_us = std::max<int64_t>(0, now.us - receiver.emptied_us);
    int64_t age_us = std::clamp<int64_t>(now.wall_us - wall_us, 0, oldest_us);
    return {now.us - age_us, now.wall_us - age_us};
  }
  return now;
}

uint64_t RouterOf(const Channel& channel, const uint8_t* bytes, size_t length) {
  constexpr size_t kIpv6Header = 40;
  if (length == 0) return 0;
  size_t message = channel.is_ipv6 ? kIpv6Header : static_cast<size_t>(bytes[0] & 15) * 4;
  if (message < 20 || length < message + 8) return 0;
  return (static_cast<uint64_t>(channel.number) << 16) | static_cast<uint64_t>(bytes[message + 1]) << 8 | 1;
}

}  // namespace heartbeat
