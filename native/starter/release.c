/* The end of what a dead worker held: goodbye to the LAN, and its addresses, routes and rules out of the kernel's tables. */
#include "starter.h"

#include "held.h"

/* A worker that has claimed something needs a turn of its event loop to say what becomes of it. */
#define CLAIM_US 1e6

/* When others can have taken over, or who has claimed it has had its time. */
static double end_of_lease(const struct slot *slot, bool has_worker) {
  double end = slot->advert_us + slot->lease_us;
  double claim_ends = has_worker && role_of(slot) == CLAIMED ? slot->claimed_us + CLAIM_US : 0;
  return claim_ends > end ? claim_ends : end;
}

double lease_overdue(const struct life_page *page, bool has_worker, double now) {
  double overdue = NO_LEASE;
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    const struct slot *slot = &page->slot[at];
    if (!is_left(page, slot, has_worker)) continue;
    double over = now - end_of_lease(slot, has_worker);
    if (over < 0) over = 0;
    if (over > overdue) overdue = over;
  }
  return overdue;
}

static void say_goodbye(const struct life_page *page, const struct slot *slot, struct senders senders) {
  struct walk walk = walk_of(slot);
  for (const uint8_t *bytes; (bytes = next_request(page, &walk)) != NULL;) {
    if (walk.request.type == GOODBYE) send_packet(senders, walk.request.interface, bytes, walk.request.length);
  }
}

void release_held(struct life_page *page, bool has_worker, int namespace) {
  int own = enter(namespace);
  struct senders senders = open_senders();
  double now = (double)now_us(CLOCK_MONOTONIC);
  /* First everybody's goodbyes: others take over while the kernel works. */
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    struct slot *slot = &page->slot[at];
    uint32_t seen = role_of(slot);
    if (!is_left(page, slot, has_worker)) continue;
    /* Who has claimed it acts, or nobody does before its time is over. */
    if (has_worker && seen == CLAIMED && now < end_of_lease(slot, has_worker)) continue;
    if (give_up(slot, seen, RELEASING)) say_goodbye(page, slot, senders);
  }
  for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
    struct slot *slot = &page->slot[at];
    if (role_of(slot) != RELEASING) continue;
    remove_objects(page, slot);
    give_up(slot, RELEASING, 0);
  }
  close_senders(senders);
  come_back(own);
}
