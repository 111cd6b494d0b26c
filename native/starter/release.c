/* What is done on behalf of a dead worker: goodbye to the LAN, and its addresses, routes and rules out of the kernel's tables. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "starter.h"

enum { MASTER = 2, REQUEST_BYTES = 2048 };

/* One of the requests of a slot: a whole IP packet to be sent, or what rtnetlink is asked. Its bytes follow, then up to three more. */
struct request {
  /* 0: a packet; else type of a netlink message. */
  uint32_t type;
  uint32_t interface;
  uint32_t length;
};

static bool is_left(const struct life_page *page, const struct slot *slot, bool has_worker) {
  return slot->role == MASTER && (!has_worker || slot->life != page->life);
}

double lease_overdue(const struct life_page *page, bool has_worker, double now) {
  double overdue = NO_LEASE;
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    const struct slot *slot = &page->slot[at];
    if (!is_left(page, slot, has_worker)) continue;
    double over = now - (slot->advert_us + slot->lease_us);
    if (over < 0) over = 0;
    if (over > overdue) overdue = over;
  }
  return overdue;
}

static void send_packet(int socket4, int socket6, const struct request *request, const uint8_t *bytes) {
  if (request->length >= 20 && bytes[0] >> 4 == 4) {
    struct ip_mreqn by = {.imr_ifindex = (int)request->interface};
    struct sockaddr_in to = {.sin_family = AF_INET};
    memcpy(&to.sin_addr, bytes + 16, 4);
    setsockopt(socket4, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by);
    sendto(socket4, bytes, request->length, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to);
  } else if (request->length >= 40) {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_scope_id = request->interface};
    memcpy(&to.sin6_addr, bytes + 24, 16);
    sendto(socket6, bytes, request->length, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to);
  }
}

static void ask_kernel(int netlink, const struct request *request, const uint8_t *bytes) {
  struct {
    struct nlmsghdr head;
    uint8_t payload[REQUEST_BYTES];
  } message = {.head = {
    .nlmsg_len = NLMSG_LENGTH(request->length),
    .nlmsg_type = (uint16_t)request->type,
    .nlmsg_flags = NLM_F_REQUEST,
  }};
  memcpy(message.payload, bytes, request->length);
  send(netlink, &message, message.head.nlmsg_len, MSG_DONTWAIT);
}

struct sockets {
  int packets4, packets6, netlink;
};

/* First everybody's goodbyes: others take over while the kernel works. */
static void carry_out(const struct life_page *page, const struct slot *slot, struct sockets sockets, bool of_packets) {
  uint32_t at = slot->release_at, end = slot->release_at + slot->release_length;
  if (end > RELEASE_BYTES || end < at) return;
  while (at + sizeof(struct request) <= end) {
    struct request request;
    memcpy(&request, page->release + at, sizeof request);
    at += sizeof request;
    if (request.length > end - at || request.length > REQUEST_BYTES) return;
    const uint8_t *bytes = page->release + at;
    if (of_packets && request.type == 0) send_packet(sockets.packets4, sockets.packets6, &request, bytes);
    if (!of_packets && request.type != 0) ask_kernel(sockets.netlink, &request, bytes);
    at += (request.length + 3) & ~3u;
  }
}

static void carry_out_all(struct life_page *page, bool has_worker) {
  struct sockets sockets = {
    .packets4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW),
    .packets6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW),
    .netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
  };
  for (int pass = 0; pass < 2; pass++) {
    for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
      struct slot *slot = &page->slot[at];
      if (is_left(page, slot, has_worker)) carry_out(page, slot, sockets, pass == 0);
    }
  }
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    struct slot *slot = &page->slot[at];
    /* Nobody may go on with it. */
    if (is_left(page, slot, has_worker)) slot->role = 0;
  }
  close(sockets.packets4);
  close(sockets.packets6);
  close(sockets.netlink);
}

void release_held(struct life_page *page, bool has_worker, int namespace) {
  int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  bool is_away = namespace >= 0 && setns(namespace, CLONE_NEWNET) == 0;
  carry_out_all(page, has_worker);
  if (is_away && own >= 0) setns(own, CLONE_NEWNET);
  close(own);
}
