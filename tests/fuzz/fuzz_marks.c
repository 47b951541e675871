/* A stranger's text. What comes out is whole UTF-8 in which nothing hides, fits
 * into the room that the header promises, and is not marked again. */
#include "base/text.h"
#include "core/marks.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_line(const struct buf *marked)
{
	struct buf line;

	buf_init(&line, 2 * marked->len);
	marks_write_line(buf_text(marked), &line);
	assert(buf_status(&line) == STATUS_OK);
	assert(text_is_line(buf_text(&line)));
	buf_finish(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct buf marked;
	struct buf again;

	buf_init(&marked, MARKS_GROWTH * len);
	marks_write((const char *)bytes, len, &marked);
	assert(buf_status(&marked) == STATUS_OK);
	assert(text_is_utf8(buf_text(&marked), marked.len));
	buf_init(&again, MARKS_GROWTH * marked.len);
	marks_write(buf_text(&marked), marked.len, &again);
	assert(strcmp(buf_text(&again), buf_text(&marked)) == 0);
	check_line(&marked);
	buf_finish(&again);
	buf_finish(&marked);
	return 0;
}
