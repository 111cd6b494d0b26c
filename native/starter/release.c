/* The end of what a dead worker held: goodbye to the LAN, and its addresses, routes and rules out of the kernel's tables. */
#include "starter.h"

#include "held.h"

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

static void say_goodbye(const struct life_page *page, const struct slot *slot, struct senders senders) {
  struct walk walk = walk_of(slot);
  for (const uint8_t *bytes; (bytes = next_request(page, &walk)) != NULL;) {
    if (walk.request.type == GOODBYE) send_packet(senders, walk.request.interface, bytes, walk.request.length);
  }
}

void release_held(struct life_page *page, bool has_worker, int namespace) {
  int own = enter(namespace);
  struct senders senders = open_senders();
  /* First everybody's goodbyes: others take over while the kernel works. */
  for (int pass = 0; pass < 2; pass++) {
    for (int at = 0; at < MOST_SLOTS && page->slot[at].life != 0; at++) {
      struct slot *slot = &page->slot[at];
      if (!is_left(page, slot, has_worker)) continue;
      if (pass == 0) say_goodbye(page, slot, senders);
      else {
        remove_objects(page, slot);
        /* Nobody may go on with it. */
        slot->role = 0;
      }
    }
  }
  close_senders(senders);
  come_back(own);
}
