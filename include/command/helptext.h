/* helptext.h - the help of a command, taken apart.
 *
 * A help is lines of text. Two spaces begin an item: an option ("  -c FILE   what
 * it is"), or a word of the command line with two spaces behind it ("  list   what
 * it does"); deeper lines go on with it. Two spaces before anything else are an
 * example. All other lines are prose, up to a blank one.
 */
#ifndef COMMAND_HELPTEXT_H
#define COMMAND_HELPTEXT_H

#include <stdbool.h>
#include <stddef.h>

#define HELPTEXT_TERM_MAX 96   /* bytes with the NUL */
#define HELPTEXT_TEXT_MAX 2048 /* bytes with the NUL */
#define HELPTEXT_NAME_MAX 32   /* bytes of an option with the NUL */

enum helptext_kind {
	HELPTEXT_ITEM,
	HELPTEXT_EXAMPLE,
	HELPTEXT_PROSE,
};

struct helptext_part {
	enum helptext_kind kind;
	char term[HELPTEXT_TERM_MAX]; /* of an item */
	char text[HELPTEXT_TEXT_MAX]; /* its lines joined by spaces */
};

/* An option, or a word that the command line may have. */
struct helptext_option {
	char name[HELPTEXT_NAME_MAX];     /* "-c", "--json", "list" */
	char argument[HELPTEXT_NAME_MAX]; /* "FILE"; "" = none */
};

/* The parts one after the other.
 * In:      at  begins as the help
 * Returns: false at the end */
bool helptext_next(const char **at, struct helptext_part *part);

/* What a term names, one after the other: "--as NAME --password-file FILE" has
 * two.
 * In:      at  begins as the term
 * Returns: false at the end */
bool helptext_next_option(const char **at, struct helptext_option *option);

#endif
