// Drives the heartbeat engine by itself, for a build with sanitizers: real sockets on the loopback of a network namespace of
// its own, packets of every kind, schedules that change and channels that come and go while they are in use.
//
//   heartbeat-driver SEED SECONDS
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <net/if.h>
#include <random>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "../../native/src/heartbeat/engine.h"

namespace {

using heartbeat::Announcement;
using heartbeat::Engine;
using heartbeat::Packet;

constexpr uint8_t kVrrp = 112;
constexpr uint32_t kSlots = 40;
constexpr int64_t kLeaseUs = 300'000;
constexpr uint32_t kChannel = 1;

void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "heartbeat-driver: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

void EnterOwnNamespace() {
  Check(unshare(CLONE_NEWNET) == 0, "unshare");
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request {};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  Check(ioctl(fd, SIOCSIFFLAGS, &request) == 0, "SIOCSIFFLAGS");
  close(fd);
}

int Raw(int protocol) {
  int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  Check(fd >= 0, "socket");
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  return fd;
}

// What an advert looks like to the kernel and to the engine; nobody here judges the rest.
Packet Advert(uint8_t vrid, uint8_t priority) {
  Packet packet(40);
  packet[0] = 0x45;
  packet[3] = 40;
  packet[8] = 255;
  packet[9] = kVrrp;
  const uint8_t loopback[] = {127, 0, 0, 1};
  std::memcpy(&packet[12], loopback, 4);
  std::memcpy(&packet[16], loopback, 4);
  packet[20] = 0x31;
  packet[21] = vrid;
  packet[22] = priority;
  return packet;
}

// As it arrives: the kernel fills in identification and checksum.
std::vector<uint8_t> Mask(const Packet& packet) {
  std::vector<uint8_t> mask(packet.size(), 255);
  mask[4] = mask[5] = mask[10] = mask[11] = 0;
  return mask;
}

void Open(Engine& engine) {
  engine.OpenChannel(kChannel, false, 1, Raw(IPPROTO_RAW));
  engine.AddReceiver(kChannel, Raw(kVrrp), kVrrp);
}

// First adverts that left by themselves and were taken up.
size_t led = 0;

// Reads messages as JavaScript does, and answers silences.
size_t TakeAll(Engine& engine) {
  static thread_local uint8_t buffer[16384];
  size_t messages = 0;
  for (size_t end = engine.TakeTold(buffer, sizeof buffer); end > 0; end = engine.TakeTold(buffer, sizeof buffer)) {
    for (size_t at = 0; at < end;) {
      heartbeat::Header header;
      std::memcpy(&header, buffer + at, sizeof header);
      if (header.kind == heartbeat::Kind::kSilence) engine.ConfirmSilence(header.id, header.detail);
      if (header.kind == heartbeat::Kind::kLed) led += engine.TakeUp(header.id);
      at += sizeof header + (header.bytes + 7) / 8 * 8;
      messages += 1;
    }
  }
  engine.Answered();
  return messages;
}

// Packets as somebody on the LAN sends them who means no good, or does not know better.
void Flood(std::atomic<bool>& is_over, uint32_t seed) {
  std::mt19937 random(seed);
  int fd = Raw(IPPROTO_RAW);
  struct sockaddr_in to {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  while (!is_over) {
    Packet packet = Advert(static_cast<uint8_t>(random() % 64), static_cast<uint8_t>(random()));
    for (uint32_t left = random() % 4; left > 0; --left) packet[20 + random() % 20] = static_cast<uint8_t>(random());
    if (random() % 8 == 0) packet.resize(20 + random() % 21);
    if (random() % 16 == 0) packet.resize(40 + random() % 8000);
    if (random() % 8 == 0) packet[0] = static_cast<uint8_t>(0x45 + random() % 11);
    sendto(fd, packet.data(), packet.size(), MSG_DONTWAIT, reinterpret_cast<struct sockaddr*>(&to), sizeof to);
    if (random() % 4 == 0) usleep(200);
  }
  close(fd);
}

void Change(Engine& engine, std::vector<uint32_t>& slots, std::mt19937& random) {
  uint32_t index = random() % kSlots;
  uint32_t slot = slots[index];
  uint8_t vrid = static_cast<uint8_t>(index);
  int64_t now_us = heartbeat::Now().us;
  switch (random() % 16) {
    case 0: case 1: case 2: {
      Announcement announcement;
      announcement.packets = {Advert(vrid, 200)};
      announcement.resignation = {Advert(vrid, 0)};
      announcement.interval_us = 10'000 + static_cast<int64_t>(random() % 100'000);
      announcement.next_us = now_us + static_cast<int64_t>(random() % 50'000);
      announcement.tolerance_us = 10'000;
      engine.Announce(slot, std::move(announcement));
      return;
    }
    case 3: engine.StopAnnouncing(slot); return;
    case 4: engine.Revise(slot, {Advert(vrid, 90), Advert(vrid, 91)}, {Advert(vrid, 0)}); return;
    case 14: engine.Lead(slot, {Advert(vrid, 150), Advert(vrid, 150)}, 7); return;
    case 15: engine.Lead(slot, {}, 0); return;
    case 5: case 6:
      engine.Watch(slot, now_us + static_cast<int64_t>(random() % 40'000), 5'000 + random() % 60'000, 10'000);
      return;
    case 7: case 8: engine.SetKnown(slot, Advert(vrid, 200), Mask(Advert(vrid, 200))); return;
    case 9: engine.StopWatching(slot); return;
    case 10: engine.Adjust(slot, 1 + random() % 60'000); engine.Heard(slot, now_us); return;
    case 11: {
      heartbeat::Counts counts = engine.Take(slot);
      Check(counts.sent.count == 0 || counts.sent.last.us >= counts.sent.first.us, "counts go backwards");
      return;
    }
    case 12:
      engine.RemoveSlot(slot);
      slots[index] = engine.AddSlot(kChannel);
      return;
    default: {
      Packet packet = Advert(vrid, 100);
      engine.Send(kChannel, packet.data(), packet.size());
      engine.SetFailing(slot, random() % 2 == 0);
      engine.Drain(kChannel);
      engine.IsAnnounced(slot);
    }
  }
}

size_t Live(uint32_t seed, int64_t for_us) {
  std::mt19937 random(seed);
  Engine engine(kLeaseUs);
  Open(engine);
  std::vector<uint32_t> slots;
  for (uint32_t i = 0; i < kSlots; ++i) slots.push_back(engine.AddSlot(kChannel));
  std::atomic<bool> is_over{false};
  std::thread flood(Flood, std::ref(is_over), seed + 1);
  // Whoever asks for the status, or renews, from elsewhere.
  std::thread other([&] {
    while (!is_over) {
      engine.RenewLease();
      engine.Take(1);
      usleep(500);
    }
  });
  size_t messages = 0;
  int64_t end_us = heartbeat::Now().us + for_us;
  for (uint32_t turn = 0; heartbeat::Now().us < end_us; ++turn) {
    Change(engine, slots, random);
    if (turn % 16 == 0) messages += TakeAll(engine);
    if (turn % 997 == 0) Open(engine);
    if (turn % 1499 == 0) engine.CloseChannel(kChannel);
    if (turn % 1511 == 0) Open(engine);
    if (turn % 8 == 0) usleep(100);
  }
  is_over = true;
  flood.join();
  other.join();
  // Announced to the end, and nobody renews any more: the lease ends on its own.
  engine.StopWatching(slots[0]);
  usleep(static_cast<useconds_t>(2 * kLeaseUs));
  messages += TakeAll(engine);
  for (uint32_t slot : slots) Check(!engine.IsAnnounced(slot), "announced without a lease");
  return messages;
}

}  // namespace

int main(int argc, char** argv) {
  Check(argc == 3, "heartbeat-driver SEED SECONDS");
  auto seed = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  int64_t end_us = heartbeat::Now().us + std::strtol(argv[2], nullptr, 10) * 1'000'000;
  EnterOwnNamespace();
  size_t messages = 0, lives = 0;
  // Short lives, so that its start and its end come under load, too.
  for (; heartbeat::Now().us < end_us; ++lives)
    messages += Live(seed + static_cast<uint32_t>(lives), 200'000 + seed % 7 * 50'000);
  std::printf("%zu lives, %zu messages, %zu led\n", lives, messages, led);
  return messages > 0 && led > 0 ? 0 : 1;
}
