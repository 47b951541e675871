/* overlay.h - what io/behind.h has not written down yet, and how it is found.
 *
 * Layer:   io. Main thread; behind's own. Without memory the process ends.
 */
#ifndef IO_OVERLAY_H
#define IO_OVERLAY_H

#include "io/behind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVERLAY_CHAINS 4096 /* numbers are random: a mask picks one */

struct overlay {
	struct db *db; /* that is ended where memory is */
	struct overlay_claim *claims;
	size_t claim_count;
	size_t claim_room;
	uint32_t claim_heads[OVERLAY_CHAINS]; /* index + 1; 0 = none */
	struct overlay_link *links;
	size_t link_count;
	size_t link_room;
	uint32_t link_heads[OVERLAY_CHAINS];
};

/* Some of them, in the order of the tables. */
struct overlay_order {
	uint32_t *claims; /* owned */
	uint32_t *links;  /* owned */
	size_t claim_count;
	size_t link_count;
};

void overlay_finish(struct overlay *overlay);
/* In events. */
size_t overlay_count(const struct overlay *overlay);

void overlay_claim(struct overlay *overlay, const struct behind_claim *claim);
bool overlay_find_claim(const struct overlay *overlay, int64_t number,
    struct behind_claim *claim);
const struct behind_claim *overlay_last_claim(const struct overlay *overlay,
    int64_t seq);

void overlay_discard_last(struct overlay *overlay);

void overlay_link(struct overlay *overlay, const struct behind_link *link);
void overlay_unlink(struct overlay *overlay, int64_t thread, int64_t id);
/* The first ids after one, 0 = of all, in their order.
 * In:  owner  behind_owner() of key->user */
void overlay_search(const struct overlay *overlay, const struct behind_key *key,
    int64_t owner, int64_t after, struct behind_slice *slice);
/* Seqs, the largest first. */
void overlay_asks(const struct overlay *overlay, int64_t owner, int64_t before,
    struct behind_slice *slice);

/* What belongs to events up to mark. */
void overlay_sort(struct overlay *overlay, int64_t mark,
    struct overlay_order *order);
void overlay_order_finish(struct overlay_order *order);
const struct behind_claim *overlay_claim_at(const struct overlay *overlay,
    const struct overlay_order *order, size_t number);
/* Its id is 0 if it was unlinked since. */
const struct behind_link *overlay_link_at(const struct overlay *overlay,
    const struct overlay_order *order, size_t number);
/* Forget it. */
void overlay_drop(struct overlay *overlay, int64_t mark);

#endif
