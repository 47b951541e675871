#include "io/overlay.h"

#include "io/db.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64
#define LINKS_EACH 3 /* of an event: as many more are no reason to write */

/* In a chain of those with the same last bits, the newest first. */
struct overlay_claim {
	struct behind_claim claim;
	uint32_t next; /* index + 1; 0 = none */
};

struct overlay_link {
	struct behind_link link; /* id 0 = it is gone */
	uint32_t next;
};

static size_t
chain_of(int64_t number)
{
	return (size_t)number & (OVERLAY_CHAINS - 1);
}

static void *
grow(struct overlay *overlay, void *items, size_t *room, size_t size)
{
	*room = *room > 0 ? *room * 2 : ROOM_FIRST;
	items = realloc(items, *room * size);
	if (items == NULL)
		db_end(overlay->db, "out of memory");
	return items;
}

void
overlay_finish(struct overlay *overlay)
{
	free(overlay->claims);
	free(overlay->links);
}

size_t
overlay_count(const struct overlay *overlay)
{
	size_t events = overlay->link_count / LINKS_EACH;

	return overlay->claim_count > events ? overlay->claim_count : events;
}

void
overlay_claim(struct overlay *overlay, const struct behind_claim *claim)
{
	uint32_t *head = &overlay->claim_heads[chain_of(claim->number)];

	if (overlay->claim_count == overlay->claim_room)
		overlay->claims = grow(overlay, overlay->claims,
		    &overlay->claim_room, sizeof(*overlay->claims));
	overlay->claims[overlay->claim_count] =
	    (struct overlay_claim){ *claim, *head };
	*head = (uint32_t)++overlay->claim_count;
}

bool
overlay_find_claim(const struct overlay *overlay, int64_t number,
    struct behind_claim *claim)
{
	uint32_t at = overlay->claim_heads[chain_of(number)];

	for (; at != 0; at = overlay->claims[at - 1].next) {
		*claim = overlay->claims[at - 1].claim;
		if (claim->number == number)
			return true;
	}
	return false;
}

const struct behind_claim *
overlay_last_claim(const struct overlay *overlay, int64_t seq)
{
	const struct behind_claim *last;

	if (overlay->claim_count == 0)
		return NULL;
	last = &overlay->claims[overlay->claim_count - 1].claim;
	return last->seq == seq ? last : NULL;
}

void
overlay_discard_last(struct overlay *overlay)
{
	overlay->claims[overlay->claim_count - 1].claim.is_discarded = true;
}

void
overlay_link(struct overlay *overlay, const struct behind_link *link)
{
	uint32_t *head = &overlay->link_heads[chain_of(link->thread)];

	if (overlay->link_count == overlay->link_room)
		overlay->links = grow(overlay, overlay->links,
		    &overlay->link_room, sizeof(*overlay->links));
	overlay->links[overlay->link_count] =
	    (struct overlay_link){ *link, *head };
	*head = (uint32_t)++overlay->link_count;
}

void
overlay_unlink(struct overlay *overlay, int64_t thread, int64_t id)
{
	uint32_t *at = &overlay->link_heads[chain_of(thread)];

	while (*at != 0) {
		struct overlay_link *item = &overlay->links[*at - 1];

		if (item->link.id == id) {
			item->link.id = 0;
			*at = item->next;
			return;
		}
		at = &item->next;
	}
}

/* Keep the smallest in their order; mostly they come from the largest on. */
static void
insert(struct behind_slice *slice, size_t first, int64_t id)
{
	size_t at = first;
	size_t last = slice->count;

	while (at < last) {
		size_t middle = at + (last - at) / 2;

		if (slice->ids[middle] < id)
			at = middle + 1;
		else
			last = middle;
	}
	if (at == BEHIND_SLICE || (at < slice->count && slice->ids[at] == id))
		return;
	if (slice->count < BEHIND_SLICE)
		slice->count++;
	memmove(&slice->ids[at + 1], &slice->ids[at],
	    (slice->count - 1 - at) * sizeof(slice->ids[0]));
	slice->ids[at] = id;
}

static bool
is_meant(const struct behind_link *link, const struct behind_key *key)
{
	if (key->is_exact)
		return link->thread == key->thread &&
		    link->request == key->request && !BEHIND_IS_ASK(link->id);
	if (key->thread == 0)
		return link->request == key->request;
	return link->thread == key->thread &&
	    (key->request == 0 || link->request == 0 ||
	        link->request == key->request);
}

/* What is unlinked has no id. */
static void
consider(const struct behind_link *link, const struct behind_key *key,
    int64_t owner, int64_t after, struct behind_slice *slice)
{
	if (link->id > after && link->owner == owner && is_meant(link, key))
		insert(slice, 0, link->id);
}

void
overlay_search(const struct overlay *overlay, const struct behind_key *key,
    int64_t owner, int64_t after, struct behind_slice *slice)
{
	uint32_t at = overlay->link_heads[chain_of(key->thread)];

	for (size_t i = 0; key->thread == 0 && i < overlay->link_count; i++)
		consider(&overlay->links[i].link, key, owner, after, slice);
	for (; key->thread != 0 && at != 0; at = overlay->links[at - 1].next)
		consider(&overlay->links[at - 1].link, key, owner, after,
		    slice);
}

void
overlay_asks(const struct overlay *overlay, int64_t owner, int64_t before,
    struct behind_slice *slice)
{
	/* Negative, because the smallest are kept. */
	for (size_t i = 0; i < overlay->link_count; i++) {
		const struct behind_link *link = &overlay->links[i].link;

		if (link->id != 0 && link->owner == owner &&
		    BEHIND_IS_ASK(link->id) && link->id >> 8 < before)
			insert(slice, 0, -(link->id >> 8));
	}
	for (size_t i = 0; i < slice->count; i++)
		slice->ids[i] = -slice->ids[i];
}

static int
compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_claims(const void *a, const void *b, void *context)
{
	const struct overlay *overlay = context;
	const struct behind_claim *one =
	    &overlay->claims[*(const uint32_t *)a].claim;
	const struct behind_claim *other =
	    &overlay->claims[*(const uint32_t *)b].claim;

	return one->number != other->number
	    ? compare(one->number, other->number)
	    : compare(one->seq, other->seq);
}

static int
compare_links(const void *a, const void *b, void *context)
{
	const struct overlay *overlay = context;
	const struct behind_link *one =
	    &overlay->links[*(const uint32_t *)a].link;
	const struct behind_link *other =
	    &overlay->links[*(const uint32_t *)b].link;
	int order = compare(one->owner, other->owner);

	if (order == 0)
		order = compare(one->thread, other->thread);
	if (order == 0)
		order = compare(one->request, other->request);
	return order != 0 ? order : compare(one->id, other->id);
}

void
overlay_sort(struct overlay *overlay, int64_t mark, struct overlay_order *order)
{
	memset(order, 0, sizeof(*order));
	order->claims = calloc(overlay->claim_count + 1, sizeof(uint32_t));
	order->links = calloc(overlay->link_count + 1, sizeof(uint32_t));
	if (order->claims == NULL || order->links == NULL)
		db_end(overlay->db, "out of memory");
	for (size_t i = 0; i < overlay->claim_count; i++) {
		if (overlay->claims[i].claim.seq <= mark)
			order->claims[order->claim_count++] = (uint32_t)i;
	}
	for (size_t i = 0; i < overlay->link_count; i++) {
		if (overlay->links[i].link.id >> 8 <= mark)
			order->links[order->link_count++] = (uint32_t)i;
	}
	qsort_r(order->claims, order->claim_count, sizeof(uint32_t),
	    compare_claims, overlay);
	qsort_r(order->links, order->link_count, sizeof(uint32_t),
	    compare_links, overlay);
}

void
overlay_order_finish(struct overlay_order *order)
{
	free(order->claims);
	free(order->links);
	memset(order, 0, sizeof(*order));
}

const struct behind_claim *
overlay_claim_at(const struct overlay *overlay,
    const struct overlay_order *order, size_t number)
{
	return &overlay->claims[order->claims[number]].claim;
}

const struct behind_link *
overlay_link_at(const struct overlay *overlay,
    const struct overlay_order *order, size_t number)
{
	return &overlay->links[order->links[number]].link;
}

/* What stays is put in again. */
void
overlay_drop(struct overlay *overlay, int64_t mark)
{
	struct overlay old = *overlay;

	memset(overlay, 0, sizeof(*overlay));
	overlay->db = old.db;
	for (size_t i = 0; i < old.claim_count; i++) {
		if (old.claims[i].claim.seq > mark)
			overlay_claim(overlay, &old.claims[i].claim);
	}
	for (size_t i = 0; i < old.link_count; i++) {
		const struct behind_link *link = &old.links[i].link;

		if (link->id != 0 && link->id >> 8 > mark)
			overlay_link(overlay, link);
	}
	overlay_finish(&old);
}
