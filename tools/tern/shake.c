/* SPDX-License-Identifier: ISC */
/*
 * shake.c - tern shake: draws what happens on a connection
 *
 * Each scenario is played in a world of its own, in virtual time, and takes
 * a few milliseconds of ours.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "shake.h"

#define WIDTH_MIN 72
#define WIDTH_MAX 200

enum option_key {
	OPTION_COLOUR = 256,
	OPTION_WIDTH,
	OPTION_ASCII,
	OPTION_BREAK,
};

struct options {
	bool all, list, json, broken;
	const char *pcap;
	uint64_t seed;
	const char *colour; /* auto, always, never */
	struct shake_style style;
	const struct shake_scenario *chosen[64];
	unsigned int n_chosen;
	FILE *capture;
	uint32_t n_captured;
};

static const struct argp_option options[] = {
	{"all", 'a', NULL, 0, "Play every scenario", 0},
	{"list", 'l', NULL, 0, "List the scenarios", 0},
	{"json", 'j', NULL, 0, "Write one JSON object per scenario", 0},
	{"pcap", 'w', "FILE", 0,
	 "Write the segments, as the client sees them, to FILE (pcapng)", 0},
	{"seed", 's', "N", 0, "Where all chance comes from (default 1)", 0},
	{"color", OPTION_COLOUR, "WHEN", OPTION_ARG_OPTIONAL,
	 "auto (to a terminal), always or never", 0},
	{"width", OPTION_WIDTH, "COLUMNS", 0,
	 "How wide to draw (default: the terminal, 80 to 110)", 0},
	{"ascii", OPTION_ASCII, NULL, 0, "Draw with ASCII characters only", 0},
	{"break", OPTION_BREAK, NULL, OPTION_HIDDEN,
	 "Sabotage each scenario, so that its promises break", 0},
	{0},
};

static void print_list(FILE *out)
{
	const struct shake_scenario *sc;
	unsigned int i;

	for (i = 0; (sc = shake_scenario_at(i)); i++)
		fprintf(out, "  %-18s  %s\n", sc->name, sc->title);
}

static const struct shake_scenario *find(const char *name)
{
	const struct shake_scenario *sc;
	unsigned int i;

	for (i = 0; (sc = shake_scenario_at(i)); i++)
		if (!strcmp(sc->name, name))
			return sc;
	fprintf(stderr, "tern shake: there is no scenario '%s'; these are:\n",
		name);
	print_list(stderr);
	exit(EXIT_USAGE);
}

static void choose(struct options *o, const struct shake_scenario *sc)
{
	if (o->n_chosen < sizeof(o->chosen) / sizeof(o->chosen[0]))
		o->chosen[o->n_chosen++] = sc;
}

/* Reads a number in a range, or ends the program with what is accepted. */
static uint64_t number(const char *option, const char *text, uint64_t min,
		       uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-' || value < min ||
	    value > max) {
		fprintf(stderr,
			"tern shake: --%s takes a number from %llu to %llu, "
			"not '%s'\n",
			option, (unsigned long long)min,
			(unsigned long long)max, text);
		exit(EXIT_USAGE);
	}
	return value;
}

static const char *when(const char *arg)
{
	static const char *const accepted[] = {"auto", "always", "never"};
	size_t i;

	if (!arg)
		return "always";
	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		if (!strcmp(arg, accepted[i]))
			return accepted[i];
	fprintf(stderr,
		"tern shake: --color takes auto, always or never, not '%s'\n",
		arg);
	exit(EXIT_USAGE);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'a':
		o->all = true;
		return 0;
	case 'l':
		o->list = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'w':
		o->pcap = arg;
		return 0;
	case 's':
		o->seed = number("seed", arg, 0, UINT64_MAX);
		return 0;
	case OPTION_COLOUR:
		o->colour = when(arg);
		return 0;
	case OPTION_WIDTH:
		o->style.width =
			(int)number("width", arg, WIDTH_MIN, WIDTH_MAX);
		return 0;
	case OPTION_ASCII:
		o->style.ascii = true;
		return 0;
	case OPTION_BREAK:
		o->broken = true;
		return 0;
	case ARGP_KEY_ARG:
		choose(o, find(arg));
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp shake_argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[SCENARIO...]",
	.doc = "Draws what happens on a TCP connection: each segment with the "
	       "states of both ends and the fill of both queues after it, in "
	       "virtual time, and checks at the end that what the scenario "
	       "promises has happened.\v"
	       "Without SCENARIO it plays `open'.  The exit status is 1 if a "
	       "promise was broken, 2 if the command line is wrong.",
};

/*
 * A locale that is set to something else than UTF-8 cannot show lines and
 * arrows.  One that is not set at all says nothing.
 */
static bool is_ascii_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return !strcasestr(value, "utf-8") &&
			       !strcasestr(value, "utf8");
	}
	return false;
}

static int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 80)
		return 80;
	return size.ws_col < 110 ? size.ws_col : 110;
}

static void set_style(struct options *o)
{
	if (!strcmp(o->colour, "auto"))
		o->style.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	else
		o->style.colour = !strcmp(o->colour, "always");
	if (!o->style.width)
		o->style.width = terminal_width();
	if (is_ascii_locale())
		o->style.ascii = true;
}

/* Plays one.  Returns the number of promises that were not kept. */
static unsigned int play(struct options *o, const struct shake_scenario *sc,
			 unsigned int *n_promises)
{
	struct shake s = {
		.scenario = sc,
		.seed = o->seed,
		.broken = o->broken,
		.capture = o->capture,
		.n_captured = &o->n_captured,
	};
	unsigned int i, n_broken = 0;

	shake_play(&s);
	if (o->json) {
		if (shake_write_json(&s, stdout))
			shake_fail(&s, -ENOMEM, "JSON");
	} else {
		shake_draw(&s, &o->style, stdout);
	}
	shake_free(&s);
	for (i = 0; i < s.n_promises; i++)
		n_broken += !s.promise[i].kept;
	*n_promises += s.n_promises;
	if (s.failed) {
		fprintf(stderr, "tern shake: %s: %s\n", sc->name, s.failure);
		n_broken++;
	}
	return n_broken;
}

static void print_sum(const struct options *o, unsigned int n_promises,
		      unsigned int n_broken)
{
	if (o->json || o->n_chosen < 2)
		return;
	printf("\n%u scenarios, %u promises: ", o->n_chosen, n_promises);
	if (n_broken)
		printf("%u BROKEN\n", n_broken);
	else
		printf("all kept\n");
}

static int play_all(struct options *o)
{
	unsigned int i, n_promises = 0, n_broken = 0;

	for (i = 0; i < o->n_chosen; i++) {
		if (i && !o->json)
			putchar('\n');
		n_broken += play(o, o->chosen[i], &n_promises);
	}
	print_sum(o, n_promises, n_broken);
	if (fflush(stdout) || ferror(stdout)) {
		perror("tern shake: standard output");
		return EXIT_FAILURE;
	}
	return n_broken ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_shake(int argc, char **argv)
{
	struct options o = {.seed = 1, .colour = "auto"};
	const struct shake_scenario *sc;
	unsigned int i;
	int status;

	if (argp_parse(&shake_argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	if (o.list) {
		print_list(stdout);
		return EXIT_SUCCESS;
	}
	if (o.all)
		for (o.n_chosen = 0, i = 0; (sc = shake_scenario_at(i)); i++)
			choose(&o, sc);
	if (!o.n_chosen)
		choose(&o, shake_scenario_at(0));
	set_style(&o);
	if (o.pcap && !(o.capture = fopen(o.pcap, "wb"))) {
		fprintf(stderr, "tern shake: %s: %s\n", o.pcap,
			strerror(errno));
		return EXIT_FAILURE;
	}
	status = play_all(&o);
	if (o.capture && fclose(o.capture)) {
		fprintf(stderr, "tern shake: %s: %s\n", o.pcap,
			strerror(errno));
		status = EXIT_FAILURE;
	}
	return status;
}
