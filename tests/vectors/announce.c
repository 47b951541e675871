/* announce.c - write tests/vectors/discovery.tsv: what Home Assistant is told.
 *
 * One message a line: form, root, bridge, user ("" = the bridge itself), topic and
 * payload, with tabs between them.
 */
#include "base/attr.h"
#include "core/discovery.h"

#include <stdio.h>

static const char *const forms[] = {
	[DISCOVERY_DEVICE] = "device",
	[DISCOVERY_COMPONENT] = "component",
};

static void
announce(const struct discovery *discovery)
{
	for (size_t i = 0; i < discovery_count(discovery); i++) {
		struct buf payload;
		struct buf topic;

		buf_init(&topic, DISCOVERY_TOPIC_MAX);
		buf_init(&payload, DISCOVERY_PAYLOAD_MAX);
		discovery_write(discovery, i, &topic, &payload);
		(void)printf("%s\t%s\t%s\t%s\t%s\t%s\n", forms[discovery->form],
		    discovery->root, discovery->bridge,
		    discovery->user != NULL ? discovery->user : "",
		    buf_text(&topic), buf_text(&payload));
		buf_finish(&payload);
		buf_finish(&topic);
	}
}

int
main(void)
{
	static const char *const worlds[][3] = {
		{ "nudge", "nudge", NULL },
		{ "nudge", "nudge", "me" },
		{ "home-2", "Pi_4", NULL },
		{ "home-2", "Pi_4", "Anna-Lena_" },
	};

	for (int form = DISCOVERY_DEVICE; form <= DISCOVERY_COMPONENT; form++) {
		for (size_t i = 0; i < COUNT_OF(worlds); i++)
			announce(&(struct discovery){
			    .prefix = "homeassistant",
			    .root = worlds[i][0],
			    .bridge = worlds[i][1],
			    .user = worlds[i][2],
			    .version = "1.2.3",
			    .form = (enum discovery_form)form,
			});
	}
	return 0;
}
