/* completion.c - what a shell needs to complete our command line. */
#include "base/attr.h"
#include "command/command.h"
#include "command/helptext.h"
#include "command/options.h"
#include "core/event.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* What may stand on every command's line. */
static const struct helptext_option everywhere[] = {
	{ "--help", "" },
	{ "--version", "" },
};

/* A shell's way to say it. */
struct shell {
	const char *name;
	void (*begin)(void);
	void (*begin_command)(const struct command *command);
	/* An option, or a word of the command line. */
	void (*say)(const struct command *command,
	    const struct helptext_option *option, const char *text);
	void (*end_command)(const struct command *command);
	void (*end)(void);
};

/* A text within single quotes.
 * In:  special  characters that a backslash goes before
 *      quote    what stands for a single quote */
static void
print_quoted(const char *text, const char *special, const char *quote)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			(void)printf("%s", quote);
		else if (strchr(special, *text) != NULL)
			(void)printf("\\%c", *text);
		else
			(void)putchar(*text);
	}
}

static void
print_kinds(void)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		(void)printf("%s%s", kind > 0 ? " " : "",
		    kind_str((enum kind)kind));
}

/* Each command's name, or each word and option of one. */
static void
print_names(const struct command *command)
{
	const char *help = command->help;
	struct helptext_part part;

	while (helptext_next(&help, &part)) {
		struct helptext_option option;
		const char *term = part.term;

		while (helptext_next_option(&term, &option))
			(void)printf("%s ", option.name);
	}
	(void)printf("--help --version");
}

static void
begin_bash(void)
{
	(void)printf("# bash completion for nudge, as 'nudge completion bash' "
	             "prints it\n"
	             "_nudge() {\n"
	             "\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
	             "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	             "\tlocal words=\n"
	             "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	             "\t\twords='--help --version");
	for (size_t i = 0; command_all[i] != NULL; i++)
		(void)printf(" %s", command_all[i]->name);
	(void)printf("'\n\telse\n\t\tcase ${COMP_WORDS[1]}:$before in\n");
}

/* What an argument may be comes before the options. */
static void
begin_bash_command(const struct command *command)
{
	(void)command;
}

static void
say_in_bash(const struct command *command, const struct helptext_option *option,
    const char *text)
{
	(void)text;
	if (*option->argument == '\0' || *option->name != '-')
		return;
	(void)printf("\t\t%s:%s) ", command->name, option->name);
	if (strcmp(option->argument, "FILE") == 0) {
		(void)printf("mapfile -t COMPREPLY < "
		             "<(compgen -f -- \"$word\"); return ;;\n");
	} else if (strcmp(option->argument, "KIND") == 0) {
		(void)printf("words='");
		print_kinds();
		(void)printf("' ;;\n");
	} else {
		(void)printf("return ;;\n");
	}
}

static void
end_bash_command(const struct command *command)
{
	(void)printf("\t\t%s:*) words='", command->name);
	print_names(command);
	(void)printf("' ;;\n");
}

static void
end_bash(void)
{
	(void)printf("\t\tesac\n\tfi\n"
	             "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
	             "\"$word\")\n"
	             "}\n"
	             "complete -o filenames -F _nudge nudge\n");
}

static void
begin_zsh(void)
{
	(void)printf("#compdef nudge\n"
	             "# zsh completion for nudge, as 'nudge completion zsh' "
	             "prints it\n"
	             "_nudge() {\n"
	             "\tlocal -a commands\n"
	             "\tcommands=(\n");
	for (size_t i = 0; command_all[i] != NULL; i++) {
		(void)printf("\t\t'%s:", command_all[i]->name);
		print_quoted(command_all[i]->summary, ":", "'\\''");
		(void)printf("'\n");
	}
	(void)printf("\t)\n"
	             "\tif (( CURRENT == 2 )); then\n"
	             "\t\t_describe command commands\n"
	             "\t\treturn\n"
	             "\tfi\n"
	             "\tshift words\n"
	             "\t(( CURRENT-- ))\n"
	             "\tcase $words[1] in\n");
}

static void
begin_zsh_command(const struct command *command)
{
	(void)printf("\t(%s)\n\t\t_arguments", command->name);
}

static void
say_in_zsh(const struct command *command, const struct helptext_option *option,
    const char *text)
{
	(void)command;
	if (*option->name != '-')
		return;
	(void)printf(" \\\n\t\t\t'%s[", option->name);
	print_quoted(text, "[]:\\", "'\\''");
	(void)printf("]");
	if (strcmp(option->argument, "KIND") == 0) {
		(void)printf(":KIND:(");
		print_kinds();
		(void)printf(")");
	} else if (*option->argument != '\0') {
		(void)printf(":%s:%s", option->argument,
		    strcmp(option->argument, "FILE") == 0 ? "_files" : " ");
	}
	(void)printf("'");
}

/* The words of the command line come last. */
static void
end_zsh_command(const struct command *command)
{
	const char *help = command->help;
	struct helptext_part part;
	bool has_words = false;

	while (helptext_next(&help, &part)) {
		struct helptext_option option;
		const char *term = part.term;

		if (*term == '-' || !helptext_next_option(&term, &option))
			continue;
		(void)printf("%s%s", has_words ? " " : " \\\n\t\t\t'1: :(",
		    option.name);
		has_words = true;
	}
	(void)printf("%s\n\t\t;;\n", has_words ? ")'" : "");
}

static void
end_zsh(void)
{
	(void)printf("\tesac\n}\n"
	             "if [ \"$funcstack[1]\" = _nudge ]; then\n"
	             "\t_nudge \"$@\"\n"
	             "else\n"
	             "\tcompdef _nudge nudge\n"
	             "fi\n");
}

static void
begin_fish(void)
{
	(void)printf("# fish completion for nudge, as 'nudge completion fish' "
	             "prints it\n"
	             "complete -c nudge -f\n"
	             "complete -c nudge -n __fish_use_subcommand -l help\n"
	             "complete -c nudge -n __fish_use_subcommand -l version\n");
}

static void
begin_fish_command(const struct command *command)
{
	(void)printf("complete -c nudge -n __fish_use_subcommand -a %s -d '",
	    command->name);
	print_quoted(command->summary, "\\", "\\'");
	(void)printf("'\n");
}

static void
say_in_fish(const struct command *command, const struct helptext_option *option,
    const char *text)
{
	const char *name = option->name;

	(void)printf(
	    "complete -c nudge -n '__fish_seen_subcommand_from %s' %s %s",
	    command->name,
	    *name != '-'         ? "-a"
	        : name[1] == '-' ? "-l"
	                         : "-s",
	    name + strspn(name, "-"));
	if (*name == '-' && *option->argument != '\0')
		(void)printf(
		    strcmp(option->argument, "FILE") == 0 ? " -r -F" : " -x");
	if (strcmp(option->argument, "KIND") == 0) {
		(void)printf(" -a '");
		print_kinds();
		(void)printf("'");
	}
	(void)printf(" -d '");
	print_quoted(text, "\\", "\\'");
	(void)printf("'\n");
}

static void
nothing(void)
{
}

static void
nothing_more(const struct command *command)
{
	(void)command;
}

static const struct shell shells[] = {
	{ "bash", begin_bash, begin_bash_command, say_in_bash, end_bash_command,
	    end_bash },
	{ "zsh", begin_zsh, begin_zsh_command, say_in_zsh, end_zsh_command,
	    end_zsh },
	{ "fish", begin_fish, begin_fish_command, say_in_fish, nothing_more,
	    nothing },
};

static void
describe(const struct shell *shell, const struct command *command)
{
	const char *help = command->help;
	struct helptext_part part;

	shell->begin_command(command);
	while (helptext_next(&help, &part)) {
		struct helptext_option option;
		const char *term = part.term;

		while (helptext_next_option(&term, &option))
			shell->say(command, &option, part.text);
	}
	for (size_t i = 0; i < COUNT_OF(everywhere); i++)
		shell->say(command, &everywhere[i], "");
	shell->end_command(command);
}

static int
run(int argc, char **argv)
{
	static const struct options_one known[] = { { .name = NULL } };
	int result = options_read(&completion_command, known, argc, argv);

	if (result != OPTIONS_GO_ON)
		return result;
	for (size_t i = 0; optind + 1 == argc && i < COUNT_OF(shells); i++) {
		if (strcmp(shells[i].name, argv[optind]) != 0)
			continue;
		shells[i].begin();
		for (size_t j = 0; command_all[j] != NULL; j++)
			describe(&shells[i], command_all[j]);
		shells[i].end();
		return EXIT_DONE;
	}
	return command_refuse(&completion_command,
	    "say one shell: bash, zsh or fish");
}

const struct command completion_command = {
	.name = "completion",
	.synopsis = "bash|zsh|fish",
	.summary = "What a shell needs to complete nudge's command line.",
	.help = "  bash   . <(nudge completion bash)\n"
	        "  zsh    . <(nudge completion zsh), after compinit\n"
	        "  fish   nudge completion fish | source\n"
	        "\n"
	        "Packages and 'make install' put them where these shells "
	        "look.\n"
	        "\n"
	        "Exit status: 0 done, 64 usage.\n",
	.run = run,
};
