/* Hears, while nobody else does, of routers that are better than a worker that is dead. */
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "held.h"

enum {
  VRRP = 112,
  MOST_TTL = 255,
  /* Of the VRRP message. */
  PRIORITY_AT = 2,
  AUTHENTICATION_AT = 4,
  SHORTEST_MESSAGE = 8,
  SECRET_BYTES = 8,
  VERSION_2 = 0x21,
  PACKET_BYTES = 4608,
  /* Of one socket, before adverts have their turn. */
  MOST_READ = 256,
};

static struct {
  int fd;
  bool is_ipv6;
  /* 0: every interface. */
  uint32_t interface;
} all[MOST_EARS];
static int count;

static bool bind_to(int fd, uint32_t interface) {
  char name[IF_NAMESIZE];
  if (interface == 0) return true;
  return if_indextoname(interface, name) != NULL &&
    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) == 0;
}

/* -1: there are too many, or the interface is gone. */
static int ear_for(bool is_ipv6, uint32_t interface) {
  for (int at = 0; at < count; at++) {
    if (all[at].is_ipv6 == is_ipv6 && all[at].interface == interface) return all[at].fd;
  }
  if (count == MOST_EARS) return -1;
  int fd = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, VRRP);
  if (fd < 0) return -1;
  if (!bind_to(fd, interface)) {
    close(fd);
    return -1;
  }
  int off = 0, on = 1;
  if (is_ipv6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof off);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
  } else {
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
  }
  all[count].fd = fd;
  all[count].is_ipv6 = is_ipv6;
  all[count].interface = interface;
  count++;
  return fd;
}

/* Joining what was joined is refused, which is no matter. */
void listen_for(const struct request *request, const uint8_t *goodbye) {
  bool is_ipv6 = is_ipv6_packet(goodbye);
  int fd = ear_for(is_ipv6, request->interface);
  if (fd < 0 || !is_multicast(goodbye)) return;
  if (is_ipv6) {
    struct ipv6_mreq group = {.ipv6mr_interface = request->interface};
    memcpy(&group.ipv6mr_multiaddr, destination_of(goodbye), sizeof group.ipv6mr_multiaddr);
    setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &group, sizeof group);
  } else {
    struct ip_mreqn group = {.imr_ifindex = (int)request->interface};
    memcpy(&group.imr_multiaddr, destination_of(goodbye), sizeof group.imr_multiaddr);
    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
  }
}

void listen_no_more(void) {
  while (count > 0) close(all[--count].fd);
}

int ears(struct pollfd *into) {
  for (int at = 0; at < count; at++) into[at] = (struct pollfd){.fd = all[at].fd, .events = POLLIN};
  return count;
}

static int hop_limit_of(struct msghdr *message) {
  for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL; item = CMSG_NXTHDR(message, item)) {
    int hops;
    if (item->cmsg_level != IPPROTO_IPV6 || item->cmsg_type != IPV6_HOPLIMIT) continue;
    memcpy(&hops, CMSG_DATA(item), sizeof hops);
    return hops;
  }
  return -1;
}

/* False: nothing waits. */
static bool hear_one(int at, void (*listener)(const struct heard *heard, void *data), void *data) {
  static uint8_t packet[PACKET_BYTES];
  struct sockaddr_in6 from;
  char control[256];
  struct iovec part = {packet, sizeof packet};
  struct msghdr message = {
    .msg_name = &from,
    .msg_namelen = sizeof from,
    .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = control,
    .msg_controllen = sizeof control,
  };
  ssize_t got = recvmsg(all[at].fd, &message, MSG_DONTWAIT);
  if (got < 0) return false;
  bool is_ipv6 = all[at].is_ipv6;
  /* Of IPv6 the kernel keeps the header to itself. */
  size_t header = is_ipv6 ? 0 : got > 0 ? (size_t)(packet[0] & 15) * 4 : 0;
  if ((!is_ipv6 && header < IPV4_HEADER) || (size_t)got < header + SHORTEST_MESSAGE) return true;
  struct heard heard = {
    .is_ipv6 = is_ipv6,
    .interface = all[at].interface,
    .source = is_ipv6 ? (const uint8_t *)&from.sin6_addr : source_of(packet),
    .ttl = is_ipv6 ? hop_limit_of(&message) : packet[8],
    .message = packet + header,
    .length = (size_t)got - header,
  };
  listener(&heard, data);
  return true;
}

void hear(void (*listener)(const struct heard *heard, void *data), void *data) {
  for (int at = 0; at < count; at++) {
    for (int read = 0; read < MOST_READ && hear_one(at, listener, data); read++) continue;
  }
}

/* Of version 2 the password, if there is one, stands behind the message. */
static bool has_our_secret(const struct heard *heard, const uint8_t *own, size_t own_length) {
  if (own[0] != VERSION_2) return true;
  if (own[AUTHENTICATION_AT] != heard->message[AUTHENTICATION_AT]) return false;
  if (own[AUTHENTICATION_AT] == 0) return true;
  return own_length >= SHORTEST_MESSAGE + SECRET_BYTES && heard->length >= SHORTEST_MESSAGE + SECRET_BYTES &&
    memcmp(own + own_length - SECRET_BYTES, heard->message + heard->length - SECRET_BYTES, SECRET_BYTES) == 0;
}

/* By multicast from this link alone, by unicast from a peer alone. */
static bool is_from_where_it_may(const struct heard *heard, const uint8_t *goodbye) {
  if (is_multicast(goodbye)) return heard->ttl == MOST_TTL;
  return memcmp(destination_of(goodbye), heard->source, address_bytes(goodbye)) == 0;
}

bool is_better(const struct heard *heard, const struct slot *slot, const struct request *request, const uint8_t *goodbye) {
  size_t header = header_of(goodbye);
  if (request->length < header + SHORTEST_MESSAGE) return false;
  const uint8_t *own = goodbye + header;
  if (heard->is_ipv6 != is_ipv6_packet(goodbye) || heard->interface != request->interface) return false;
  if (heard->message[0] != own[0] || heard->message[1] != own[1]) return false;
  if (!is_from_where_it_may(heard, goodbye) || !has_our_secret(heard, own, request->length - header)) return false;
  uint8_t priority = heard->message[PRIORITY_AT];
  if (priority != slot->priority) return priority > slot->priority;
  /* RFC 9568 section 6.4.3: the greater address. */
  return memcmp(heard->source, source_of(goodbye), address_bytes(goodbye)) > 0;
}
