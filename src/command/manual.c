/* manual.c - the tables of the program, for its manual pages.
 *
 * Source:  mdoc(7).
 */
#include "base/attr.h"
#include "base/text.h"
#include "command/command.h"
#include "command/helptext.h"
#include "command/options.h"
#include "core/settings.h"

#include <ctype.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FORM_MAX 256 /* bytes */
#define COLUMNS 60   /* of a line; an escape takes more than it shows */

static void
print_ascii(char code)
{
	static const struct {
		char code;
		const char *escape;
	} escapes[] = {
		{ '\\', "\\e" },
		{ '-', "\\-" },
		{ '~', "\\(ti" },
		{ '\'', "\\(aq" },
	};

	for (size_t i = 0; i < COUNT_OF(escapes); i++) {
		if (escapes[i].code == code) {
			(void)printf("%s", escapes[i].escape);
			return;
		}
	}
	(void)putchar(code);
}

/* One character; what is not ASCII by its number, which every formatter
 * knows. */
static const char *
print_character(const char *at)
{
	static const uint8_t leads[] = { 0x1f, 0x0f, 0x07 };
	uint32_t code = (uint8_t)*at;
	size_t more = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : 1;

	if (code < 0x80) {
		print_ascii(*at);
		return at + 1;
	}
	code &= leads[more - 1];
	for (at++; more > 0; more--)
		code = code << 6 | ((uint8_t)*at++ & 0x3f);
	(void)printf("\\[u%04X]", (unsigned)code);
	return at;
}

/* Text that is no macro, whatever it begins with. */
static void
print_text(const char *text, size_t len)
{
	const char *end = text + len;

	if (*text == '.' || *text == '\'')
		(void)printf("\\&");
	while (text < end)
		text = print_character(text);
}

/* Words, as formatters want them: no line is long, and each sentence begins
 * one. */
static void
print_prose(const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		bool is_end = len > 0 && strchr(".?!", text[len - 1]) != NULL;

		if (column > 0 && column + len > COLUMNS)
			column = 0;
		if (column > 0)
			(void)printf(" ");
		else
			(void)printf("\n");
		print_text(text, len);
		column = is_end ? 0 : column + len + 1;
		text += len;
		text += strspn(text, " ");
	}
	(void)printf("\n");
}

/* The words of a term or synopsis as one macro line, begun by the caller. */
static void
print_words(const char *words)
{
	while (*words != '\0') {
		size_t len = strcspn(words, " ");
		const char *macro = "Ar";

		if (*words == '-') {
			macro = "Fl";
			words++;
			len--;
		} else if (islower((unsigned char)*words)) {
			macro = "Cm";
		}
		(void)printf(" %s ", macro);
		for (const char *end = words + len; words < end;)
			words = print_character(words);
		words += strspn(words, " ");
	}
}

static void
print_parts(const char *help)
{
	struct helptext_part part;
	bool in_list = false;

	while (helptext_next(&help, &part)) {
		if (in_list && part.kind != HELPTEXT_ITEM)
			(void)printf(".El\n");
		if (!in_list && part.kind == HELPTEXT_ITEM)
			(void)printf(".Bl -tag -width Ds\n");
		in_list = part.kind == HELPTEXT_ITEM;
		if (in_list) {
			(void)printf(".It");
			print_words(part.term);
			print_prose(part.text);
		} else if (part.kind == HELPTEXT_EXAMPLE) {
			(void)printf(".Dl ");
			print_text(part.text, strlen(part.text));
			(void)printf("\n");
		} else {
			(void)printf(".Pp");
			print_prose(part.text);
		}
	}
	if (in_list)
		(void)printf(".El\n");
}

static void
print_commands(void)
{
	for (size_t i = 0; command_all[i] != NULL; i++) {
		const struct command *command = command_all[i];

		(void)printf(".Ss nudge %s\n.Nm nudge\n.Cm %s", command->name,
		    command->name);
		print_prose(command->synopsis);
		(void)printf(".Pp");
		print_prose(command->summary);
		print_parts(command->help);
	}
}

static void
print_setting(const struct setting_note *note, const char *form)
{
	struct buf text;

	buf_init(&text, HELPTEXT_TEXT_MAX);
	buf_addf(&text, "%s.", note->help);
	if (*form != '\0')
		buf_addf(&text, " It %s.", form);
	if (*note->preset != '\0')
		buf_addf(&text, " The default is \"%s\".", note->preset);
	if (note->is_fixed)
		buf_addf(&text, " A change takes effect after a restart.");
	(void)printf(".It Ic ");
	print_text(note->key, strlen(note->key));
	print_prose(buf_text(&text));
	buf_finish(&text);
}

static void
print_settings(void)
{
	struct setting_note note;
	const char *section = "";
	struct buf form;

	buf_init(&form, FORM_MAX);
	for (size_t i = 0; settings_note(i, &note, &form); i++) {
		if (strcmp(section, note.section) != 0) {
			if (*section != '\0')
				(void)printf(".El\n");
			(void)printf(".Ss [%s] section\n.Bl -tag -width Ds\n",
			    note.section);
		}
		section = note.section;
		print_setting(&note, buf_text(&form));
		buf_clear(&form);
	}
	buf_finish(&form);
	(void)printf(".El\n");
}

static int
run(int argc, char **argv)
{
	static const struct options_one known[] = { { .name = NULL } };
	int result = options_read(&manual_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	if (optind + 1 == argc && strcmp(argv[optind], "commands") == 0)
		print_commands();
	else if (optind + 1 == argc && strcmp(argv[optind], "settings") == 0)
		print_settings();
	else
		return command_refuse(&manual_command,
		    "say one table: commands or settings");
	return EXIT_DONE;
}

const struct command manual_command = {
	.name = "manual",
	.synopsis = "commands|settings",
	.summary = "The tables of nudge(1) and nudge.conf(5), for whoever "
	           "makes these pages.",
	.help = "  commands   each command with its options\n"
	        "  settings   each setting with what it may be\n"
	        "\n"
	        "What is printed is a part of a page in mdoc.\n"
	        "\n"
	        "Exit status: 0 done, 64 usage.\n",
	.run = run,
};
