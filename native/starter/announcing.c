/*
 * Adverts on behalf of a dead worker until the next one has taken its part, so that nobody on the LAN hears that there was none
 * (docs/adr/0023-adverts-between-two-workers.md). What was announced when it died goes on as it was, for a few seconds at most.
 */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "starter.h"

#include "held.h"

enum {
  /* Of the VRRP message. */
  PRIORITY_AT = 2,
  CHECKSUM_AT = 6,
  SHORTEST_MESSAGE = 8,
};

static struct {
  bool is_on;
  struct senders senders;
  int64_t began_us;
  /* How long a lease is. */
  int64_t alone_us;
  struct announced result;
  /*
   * Of each slot: for which worker, until when (0: it is not), until when if nobody comes, at most if somebody does, and whether a better
   * router was heard.
   */
  struct {
    uint32_t life;
    int64_t until_us, alone_us, most_us;
    bool is_outdone;
  } kept[MOST_SLOTS];
} keeper;

static bool is_kept(const struct life_page *page, int at, bool has_worker) {
  return is_left(page, &page->slot[at], has_worker) && keeper.kept[at].until_us > 0 && !keeper.kept[at].is_outdone;
}

static void keep_no_more(struct slot *slot, int at) {
  keeper.kept[at].until_us = 0;
  slot->kept_until_us = 0;
}

/* What others can have taken over by now is not. Whom a later worker did not take the part of is not kept for longer because of its death. */
static bool begins(struct slot *slot, int at, int64_t now, struct keep keep) {
  if (keeper.kept[at].life == slot->life) return false;
  bool is_known = slot->interval_us > 0 && slot->priority > 0 && slot->priority <= 255 && slot->release_length > 0;
  bool is_in_time = (double)now < slot->advert_us + slot->lease_us;
  keeper.kept[at].life = slot->life;
  keeper.kept[at].is_outdone = false;
  keep_no_more(slot, at);
  if (!is_known || !is_in_time) return false;
  keeper.kept[at].until_us = keeper.kept[at].alone_us = now + keep.alone_us;
  keeper.kept[at].most_us = now + keep.most_us;
  /* A worker that lives to read it. */
  slot->kept_until_us = (double)keeper.kept[at].most_us;
  return true;
}

void begin_announcing(struct life_page *page, bool has_worker, int namespace, struct keep keep) {
  int64_t now = now_us(CLOCK_MONOTONIC);
  int own = enter(namespace);
  if (!keeper.is_on) {
    keeper.senders = open_senders();
    keeper.began_us = now;
    keeper.result = (struct announced){0};
  }
  keeper.is_on = true;
  keeper.alone_us = keep.alone_us;
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    struct slot *slot = &page->slot[at];
    if (!is_left(page, slot, has_worker) || !begins(slot, at, now, keep)) continue;
    keeper.result.instances++;
    struct walk walk = walk_of(slot);
    for (const uint8_t *bytes; (bytes = next_request(page, &walk)) != NULL;) {
      if (walk.request.type == GOODBYE) listen_for(&walk.request, bytes);
    }
  }
  come_back(own);
}

/* The goodbye with the priority that the dead worker had. Its length; 0: it is none. */
static size_t advert_of(const struct slot *slot, const struct request *request, const uint8_t *goodbye, uint8_t *into) {
  size_t header = header_of(goodbye);
  if (request->length < header + SHORTEST_MESSAGE) return 0;
  memcpy(into, goodbye, request->length);
  uint8_t *message = into + header;
  /* RFC 1624: the checksum where one word differs. */
  uint32_t sum = (uint16_t)~((message[CHECKSUM_AT] << 8) | message[CHECKSUM_AT + 1]);
  sum += (uint16_t)~((message[PRIORITY_AT] << 8) | message[PRIORITY_AT + 1]);
  message[PRIORITY_AT] = (uint8_t)slot->priority;
  sum += (uint32_t)((message[PRIORITY_AT] << 8) | message[PRIORITY_AT + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  message[CHECKSUM_AT] = (uint8_t)(~sum >> 8);
  message[CHECKSUM_AT + 1] = (uint8_t)~sum;
  return request->length;
}

static void announce(const struct life_page *page, struct slot *slot, int64_t now) {
  uint8_t advert[REQUEST_BYTES];
  struct walk walk = walk_of(slot);
  for (const uint8_t *bytes; (bytes = next_request(page, &walk)) != NULL;) {
    if (walk.request.type != GOODBYE) continue;
    size_t length = advert_of(slot, &walk.request, bytes, advert);
    if (length > 0) send_packet(keeper.senders, walk.request.interface, advert, length);
  }
  double gap_us = (double)now - slot->advert_us;
  if (gap_us > keeper.result.largest_gap_us) keeper.result.largest_gap_us = gap_us;
  keeper.result.adverts++;
  slot->advert_us = (double)now;
}

struct search {
  struct life_page *page;
  bool has_worker;
  struct better *better;
};

static void judge(const struct heard *heard, void *data) {
  struct search *search = data;
  struct life_page *page = search->page;
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    const struct slot *slot = &page->slot[at];
    if (!is_kept(page, at, search->has_worker)) continue;
    struct walk walk = walk_of(slot);
    for (const uint8_t *bytes; !keeper.kept[at].is_outdone && (bytes = next_request(page, &walk)) != NULL;) {
      if (walk.request.type != GOODBYE || !is_better(heard, slot, &walk.request, bytes)) continue;
      keeper.kept[at].is_outdone = true;
      search->better->instances++;
      search->better->priority = heard->message[PRIORITY_AT];
    }
  }
}

struct better hear_better(struct life_page *page, bool has_worker) {
  struct better better = {0};
  struct search search = {page, has_worker, &better};
  if (keeper.is_on) hear(judge, &search);
  return better;
}

void yield_outdone(struct life_page *page, bool has_worker, int namespace) {
  int own = enter(namespace);
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    struct slot *slot = &page->slot[at];
    if (!is_left(page, slot, has_worker) || !keeper.kept[at].is_outdone) continue;
    keep_no_more(slot, at);
    /* Nobody goes on with it as master. A worker that has claimed it hears the better router itself. */
    if (give_up(slot, MASTER, BACKUP)) remove_objects(page, slot);
  }
  come_back(own);
}

/* Whether packets can leave, where that is known. */
static bool is_link_up(const struct life_page *page, const struct slot *slot) {
  struct walk walk = walk_of(slot);
  for (const uint8_t *bytes; (bytes = next_request(page, &walk)) != NULL;) {
    struct ifreq link = {.ifr_ifindex = (int)walk.request.interface};
    if (walk.request.type != GOODBYE || link.ifr_ifindex == 0) continue;
    if (ioctl(keeper.senders.ipv4, SIOCGIFNAME, &link) != 0 || ioctl(keeper.senders.ipv4, SIOCGIFFLAGS, &link) != 0) return false;
    if ((link.ifr_flags & IFF_RUNNING) == 0) return false;
  }
  return true;
}

/*
 * Each sign of life of the next worker is as good as one of the dead: it renews the lease. Nobody decides yet, though: from there on a link
 * that is down ends it, and in the end so does the clock.
 */
static bool is_over(const struct life_page *page, const struct slot *slot, int at, int64_t now, int64_t beat_us) {
  int64_t renewed_us = beat_us > 0 ? beat_us + keeper.alone_us : 0;
  if (renewed_us > keeper.kept[at].most_us) renewed_us = keeper.kept[at].most_us;
  if (renewed_us > keeper.kept[at].until_us) keeper.kept[at].until_us = renewed_us;
  if (now >= keeper.kept[at].until_us) return true;
  return now >= keeper.kept[at].alone_us && !is_link_up(page, slot);
}

int64_t announce_due(struct life_page *page, bool has_worker) {
  int64_t next_us = NEVER;
  if (!keeper.is_on) return next_us;
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    struct slot *slot = &page->slot[at];
    if (!is_kept(page, at, has_worker)) continue;
    int64_t now = now_us(CLOCK_MONOTONIC);
    if (is_over(page, slot, at, now, has_worker ? (int64_t)page->beat_us : 0)) {
      keep_no_more(slot, at);
      /* Nobody has come: what waits for the end of the lease need not wait any longer. Who has claimed it has the whole of it. */
      if (role_of(slot) == MASTER) slot->advert_us = 0;
      continue;
    }
    int64_t due_us = (int64_t)(slot->advert_us + slot->interval_us);
    if (due_us <= now) {
      announce(page, slot, now);
      due_us = now + (int64_t)slot->interval_us;
    }
    if (due_us > keeper.kept[at].until_us) due_us = keeper.kept[at].until_us;
    if (due_us < next_us) next_us = due_us;
  }
  return next_us;
}

bool end_announcing(struct announced *result) {
  if (!keeper.is_on) return false;
  close_senders(keeper.senders);
  listen_no_more();
  keeper.is_on = false;
  *result = keeper.result;
  result->span_us = (double)(now_us(CLOCK_MONOTONIC) - keeper.began_us);
  return result->adverts > 0;
}
