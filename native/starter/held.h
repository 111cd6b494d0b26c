/* What a dead worker held, as it left it in the page (life-page.h): slots, and the requests of each. */
#ifndef RELIVED_HELD_H
#define RELIVED_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "life-page.h"

enum { REQUEST_BYTES = 2048, BACKUP = 1, MASTER = 2, CLAIMED = 3, RELEASING = 4, IPV4_HEADER = 20, IPV6_HEADER = 40 };

/* One of the requests of a slot: a whole IP packet to be sent, or what rtnetlink is asked. Its bytes follow, then up to three more. */
struct request {
  /* GOODBYE: an advert of priority 0; else type of a netlink message. */
  uint32_t type;
  uint32_t interface;
  uint32_t length;
};
enum { GOODBYE = 0 };

struct walk {
  uint32_t at, end;
  struct request request;
};

/* Of all requests of a slot, whatever may stand there. */
struct walk walk_of(const struct slot *slot);
/* Bytes of the next one, at most REQUEST_BYTES, which `walk->request` describes; a goodbye has a whole IP header. NULL: that was all. */
const uint8_t *next_request(const struct life_page *page, struct walk *walk);

/* A dead worker was master of it, and no later one has taken its part. */
bool is_left(const struct life_page *page, const struct slot *slot, bool has_worker);

/* As it is now: a worker may change it at any time. */
uint32_t role_of(const struct slot *slot);
/* From the role that was seen to another; false: a worker was faster. */
bool give_up(struct slot *slot, uint32_t seen, uint32_t role);
/* The claims of a worker that is dead. */
void revoke_claims(struct life_page *page);

struct senders {
  int ipv4, ipv6;
};
struct senders open_senders(void);
void close_senders(struct senders senders);
/* Sends an IP packet by this interface (0: by any) to where it says. What cannot be sent is lost, as any packet may be. */
void send_packet(struct senders senders, uint32_t interface, const uint8_t *bytes, size_t length);
static inline bool is_ipv6_packet(const uint8_t *packet) { return packet[0] >> 4 == 6; }
static inline const uint8_t *source_of(const uint8_t *packet) { return packet + (is_ipv6_packet(packet) ? 8 : 12); }
static inline const uint8_t *destination_of(const uint8_t *packet) { return packet + (is_ipv6_packet(packet) ? 24 : 16); }
static inline size_t address_bytes(const uint8_t *packet) { return is_ipv6_packet(packet) ? 16 : 4; }
static inline bool is_multicast(const uint8_t *packet) {
  return is_ipv6_packet(packet) ? packet[24] == 0xff : packet[16] >> 4 == 14;
}
/* Length of its header. */
static inline size_t header_of(const uint8_t *packet) {
  return is_ipv6_packet(packet) ? IPV6_HEADER : (size_t)(packet[0] & 15) * 4;
}

/* Into the network namespace of this descriptor (-1: it is the own one), and back. */
int enter(int namespace);
void come_back(int own);

/* Asks the kernel to take away what the slot had. */
void remove_objects(const struct life_page *page, const struct slot *slot);

/* Where routers that are better than a dead one can be heard (rivals.c). */
enum { MOST_EARS = 64 };
struct pollfd;
/* Listens where this goodbye would go to. More than MOST_EARS interfaces are too many: the next worker will hear. */
void listen_for(const struct request *request, const uint8_t *goodbye);
void listen_no_more(void);
int ears(struct pollfd *into);

/* An advert that has come. */
struct heard {
  bool is_ipv6;
  uint32_t interface;
  const uint8_t *source;
  int ttl;
  const uint8_t *message;
  size_t length;
};
/* Calls `listener` for each that waits. */
void hear(void (*listener)(const struct heard *heard, void *data), void *data);
/* Whether it says that somebody else is to be master of what this goodbye is about. */
bool is_better(const struct heard *heard, const struct slot *slot, const struct request *request, const uint8_t *goodbye);

#endif
