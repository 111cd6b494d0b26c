/* What a dead worker held: reading it, packets on its behalf, and its objects out of the kernel's tables. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "held.h"

uint32_t role_of(const struct slot *slot) { return __atomic_load_n(&slot->role, __ATOMIC_SEQ_CST); }

bool is_left(const struct life_page *page, const struct slot *slot, bool has_worker) {
  uint32_t role = role_of(slot);
  return (role == MASTER || role == CLAIMED) && (!has_worker || slot->life != page->life);
}

bool give_up(struct slot *slot, uint32_t seen, uint32_t role) {
  return __atomic_compare_exchange_n(&slot->role, &seen, role, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void revoke_claims(struct life_page *page) {
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) give_up(&page->slot[at], CLAIMED, MASTER);
}

struct walk walk_of(const struct slot *slot) {
  uint32_t end = slot->release_at + slot->release_length;
  bool fits = end <= RELEASE_BYTES && end >= slot->release_at;
  return (struct walk){.at = slot->release_at, .end = fits ? end : slot->release_at};
}

static bool is_packet(const uint8_t *bytes, uint32_t length) {
  if (length < IPV4_HEADER) return false;
  if (is_ipv6_packet(bytes)) return length >= IPV6_HEADER;
  return bytes[0] >> 4 == 4 && header_of(bytes) >= IPV4_HEADER && header_of(bytes) <= length;
}

const uint8_t *next_request(const struct life_page *page, struct walk *walk) {
  struct request *request = &walk->request;
  if (walk->at + sizeof *request > walk->end) return NULL;
  memcpy(request, page->release + walk->at, sizeof *request);
  uint32_t start = walk->at + (uint32_t)sizeof *request;
  if (request->length > walk->end - start || request->length > REQUEST_BYTES) return NULL;
  const uint8_t *bytes = page->release + start;
  if (request->type == GOODBYE && !is_packet(bytes, request->length)) return NULL;
  walk->at = start + ((request->length + 3) & ~3u);
  return bytes;
}

struct senders open_senders(void) {
  struct senders senders = {
    .ipv4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW),
    .ipv6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW),
  };
  int off = 0;
  setsockopt(senders.ipv4, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off);
  setsockopt(senders.ipv6, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof off);
  return senders;
}

void close_senders(struct senders senders) {
  if (senders.ipv4 >= 0) close(senders.ipv4);
  if (senders.ipv6 >= 0) close(senders.ipv6);
}

void send_packet(struct senders senders, uint32_t interface, const uint8_t *bytes, size_t length) {
  bool is_ipv6 = is_ipv6_packet(bytes);
  struct sockaddr_in to4 = {.sin_family = AF_INET};
  struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_scope_id = interface};
  memcpy(is_ipv6 ? (void *)&to6.sin6_addr : (void *)&to4.sin_addr, destination_of(bytes), address_bytes(bytes));
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
  } control = {0};
  struct iovec part = {(void *)bytes, length};
  struct msghdr message = {
    .msg_name = is_ipv6 ? (void *)&to6 : (void *)&to4,
    .msg_namelen = is_ipv6 ? sizeof to6 : sizeof to4,
    .msg_iov = &part,
    .msg_iovlen = 1,
  };
  if (interface != 0) {
    struct in6_pktinfo by6 = {.ipi6_ifindex = interface};
    struct in_pktinfo by4 = {.ipi_ifindex = (int)interface};
    size_t bytes_of_it = is_ipv6 ? sizeof by6 : sizeof by4;
    control.head = (struct cmsghdr){
      .cmsg_len = CMSG_LEN(bytes_of_it),
      .cmsg_level = is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
      .cmsg_type = is_ipv6 ? IPV6_PKTINFO : IP_PKTINFO,
    };
    memcpy(CMSG_DATA(&control.head), is_ipv6 ? (void *)&by6 : (void *)&by4, bytes_of_it);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(bytes_of_it);
  }
  sendmsg(is_ipv6 ? senders.ipv6 : senders.ipv4, &message, MSG_DONTWAIT);
}

int enter(int namespace) {
  if (namespace < 0) return -1;
  int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (own < 0) return -1;
  if (setns(namespace, CLONE_NEWNET) == 0) return own;
  close(own);
  return -1;
}

void come_back(int own) {
  if (own < 0) return;
  setns(own, CLONE_NEWNET);
  close(own);
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

void remove_objects(const struct life_page *page, const struct slot *slot) {
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return;
  struct walk walk = walk_of(slot);
  for (const uint8_t *bytes; (bytes = next_request(page, &walk)) != NULL;) {
    if (walk.request.type != GOODBYE) ask_kernel(netlink, &walk.request, bytes);
  }
  close(netlink);
}
