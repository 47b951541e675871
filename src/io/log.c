#include "io/log.h"

#include "base/buf.h"
#include "base/text.h"
#include "core/marks.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_LONGEST 2048 /* bytes; the rest of a longer one is dropped */

static _Atomic int threshold = LOG_LEVEL_INFO;

struct style {
	int priority; /* syslog(3) */
	const char *word;
	const char *colour;
};

static const struct style error_style = { 3, "error", "\033[31m" };
static const struct style warn_style = { 4, "warn", "\033[33m" };
static const struct style info_style = { 6, "info", "" };
static const struct style debug_style = { 7, "debug", "\033[2m" };
static const struct style notification_style = { 5, "notify", "\033[1;36m" };

void
log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

bool
log_writes(enum log_level level)
{
	return atomic_load(&threshold) >= (int)level;
}

/* What came from outside may stand in any line. */
static size_t
add_text(const char *text, char *out, size_t size)
{
	struct buf marked;
	size_t len;

	buf_init(&marked, 2 * MARKS_GROWTH * LINE_LONGEST);
	marks_write_line(text, &marked);
	len = text_cut(buf_text(&marked), size - 1);
	memcpy(out, buf_text(&marked), len);
	out[len] = '\0';
	buf_finish(&marked);
	return len;
}

static size_t
begin_line(const struct style *style, char *out, size_t size)
{
	bool is_terminal = isatty(STDERR_FILENO) == 1;
	char stamp[32] = "";
	time_t now = time(NULL);
	struct tm parts;

	if (getenv("JOURNAL_STREAM") != NULL)
		return (size_t)snprintf(out, size, "<%d>", style->priority);
	if (is_terminal && localtime_r(&now, &parts) != NULL)
		(void)strftime(stamp, sizeof(stamp), "%H:%M:%S", &parts);
	else if (gmtime_r(&now, &parts) != NULL)
		(void)strftime(stamp, sizeof(stamp), "%FT%TZ", &parts);
	return (size_t)snprintf(out, size, "%s%s %-6s ",
	    is_terminal ? style->colour : "", stamp, style->word);
}

/* One write per line, so that two threads do not mix theirs. */
static void
write_line(const struct style *style, const char *text)
{
	bool is_coloured = isatty(STDERR_FILENO) == 1 && *style->colour != '\0';
	char line[LINE_LONGEST];
	size_t len = begin_line(style, line, sizeof(line));

	len += add_text(text, line + len, sizeof(line) - len - 8);
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%s\n",
	    is_coloured ? "\033[0m" : "");
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* there is nobody left to tell */
}

static PRINTF_LIKE(2, 0) void write_format(const struct style *style,
    const char *format, va_list args)
{
	char text[LINE_LONGEST];

	(void)vsnprintf(text, sizeof(text), format, args);
	text_trim(text);
	write_line(style, text);
}

#define DEFINE_LEVEL(name, level)                          \
	void log_##name(const char *format, ...)           \
	{                                                  \
		va_list args;                              \
                                                           \
		if (!log_writes(level))                    \
			return;                            \
		va_start(args, format);                    \
		write_format(&name##_style, format, args); \
		va_end(args);                              \
	}

DEFINE_LEVEL(error, LOG_LEVEL_ERROR)
DEFINE_LEVEL(warn, LOG_LEVEL_WARN)
DEFINE_LEVEL(info, LOG_LEVEL_INFO)
DEFINE_LEVEL(debug, LOG_LEVEL_DEBUG)

void
log_notification(const char *line)
{
	write_line(&notification_style, line);
}
