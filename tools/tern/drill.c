/* SPDX-License-Identifier: ISC */
/*
 * drill.c - tern drill: runs packet scripts in virtual time
 *
 * What runs them is in tools/drill; here is the command line.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "message.h"
#include "number.h"
#include "tools/drill/kernel.h"
#include "tools/drill/suite.h"

#define JOBS_MAX    256
#define DEFINES_MAX 64

enum {
	KEY_PROFILE = 0x2000,
	KEY_IP,
	KEY_JUNIT,
	KEY_SO,
	KEY_KERNEL,
	KEY_TOLERANCE
};

struct options {
	struct drill_suite suite;
	const char *junit;
	const char *defines[DEFINES_MAX + 1];
	int n_defines;
	bool unreadable; /* an argument */
};

static const struct argp_option options[] = {
	{"jobs", 'j', "N", 0,
	 "Run N scripts at a time (default: one a processor)", 0},
	{"profile", KEY_PROFILE, "NAME", 0,
	 "Behave like linux (the default) or freebsd", 0},
	{"ip", KEY_IP, "VERSION", 0, "ipv4 (the default)", 0},
	{"define", 'D', "NAME=VALUE", 0, "What NAME stands for in scripts", 0},
	{"so", KEY_SO, "FILE", 0,
	 "Drive the stack of libtern-packetdrill.so instead", 0},
	{"kernel", KEY_KERNEL, NULL, 0,
	 "Drive the running kernel instead, in real time (takes root)", 0},
	{"tolerance-usecs", KEY_TOLERANCE, "N", 0,
	 "How far off the time of an event may be, whatever scripts say", 0},
	{"tolerance_usecs", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 0},
	{"verbose", 'v', NULL, 0, "Tell every event, and what passed", 0},
	{"junit", KEY_JUNIT, "FILE", 0, "Write the results as JUnit XML", 0},
	{0},
};

static void set_ip(const char *arg)
{
	if (strcmp(arg, "ipv4") == 0)
		return;
	if (strcmp(arg, "ipv6") == 0 || strcmp(arg, "mapped") == 0)
		message_usage("--ip %s: the stack has no IPv6", arg);
	message_usage("--ip accepts ipv4, ipv6 or mapped, not '%s'", arg);
}

static void set_profile(struct options *o, const char *arg)
{
	o->suite.config.profile = drill_profile_find(arg);
	if (!o->suite.config.profile)
		message_usage("--profile accepts linux or freebsd, not '%s'",
			      arg);
}

static void set_jobs(struct options *o, const char *arg)
{
	uint64_t n;

	if (!number_parse(arg, 1, JOBS_MAX, &n))
		message_usage("-j accepts 1 to %d, not '%s'", JOBS_MAX, arg);
	o->suite.n_workers = (int)n;
}

static void set_tolerance(struct options *o, const char *arg)
{
	uint64_t us;

	if (!number_parse(arg, 1, UINT32_MAX, &us))
		message_usage("--tolerance-usecs accepts 1 to %u, not '%s'",
			      UINT32_MAX, arg);
	o->suite.config.tolerance_ns = (int64_t)us * 1000;
}

static void define(struct options *o, const char *arg)
{
	const char *eq = strchr(arg, '=');

	if (!eq || eq == arg || !eq[1])
		message_usage("-D accepts NAME=VALUE, not '%s'", arg);
	if (o->n_defines == DEFINES_MAX)
		message_usage("-D is possible %d times", DEFINES_MAX);
	o->defines[o->n_defines++] = arg;
	o->suite.config.defines = o->defines;
}

static void add(struct options *o, const char *path)
{
	int n = drill_suite_add(&o->suite, path);

	if (n > 0)
		return;
	o->unreadable = true;
	if (n < 0)
		message_error(n, "%s", path);
	else
		message("%s: there is no script (*.pkt) in it", path);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		set_jobs(o, arg);
		return 0;
	case 'D':
		define(o, arg);
		return 0;
	case 'v':
		o->suite.config.verbose = true;
		return 0;
	case KEY_PROFILE:
		set_profile(o, arg);
		return 0;
	case KEY_IP:
		set_ip(arg);
		return 0;
	case KEY_SO:
		o->suite.config.library = arg;
		return 0;
	case KEY_KERNEL:
		o->suite.config.kernel = true;
		return 0;
	case KEY_TOLERANCE:
		set_tolerance(o, arg);
		return 0;
	case KEY_JUNIT:
		o->junit = arg;
		return 0;
	case ARGP_KEY_ARG:
		add(o, arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		message_usage("expected a script, or a directory of scripts");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE|DIR...",
	.doc = "Runs packet scripts against the stack, in this process and in "
	       "virtual time.",
};

static int default_jobs(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > JOBS_MAX ? JOBS_MAX : (int)n;
}

static int status_of(const struct options *o)
{
	const struct drill_suite *s = &o->suite;
	const size_t passed = drill_suite_count(s, DRILL_PASSED);

	printf("%zu passed, %zu failed\n", passed, s->n - passed);
	if (fflush(stdout) || ferror(stdout)) {
		message("standard output cannot be written");
		return EXIT_USAGE;
	}
	if (o->unreadable || drill_suite_count(s, DRILL_UNREADABLE) > 0)
		return EXIT_USAGE;
	return passed < s->n ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Told once, not for every script. */
static bool is_possible(const struct drill_config *c)
{
	char why[256];

	if (c->kernel && c->library)
		message_usage("--kernel and --so exclude each other");
	if (!c->kernel || drill_kernel_usable(why, sizeof(why)))
		return true;
	message("the kernel cannot be used: %s", why);
	return false;
}

int cmd_drill(int argc, char **argv)
{
	struct options o = {.suite = {.n_workers = default_jobs()}};
	int status, err = 0;

	message_name(argv[0]);
	o.suite.config.profile = drill_profile_find("linux");
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	if (!is_possible(&o.suite.config)) {
		drill_suite_free(&o.suite);
		return EXIT_USAGE;
	}
	drill_suite_run(&o.suite, stdout);
	if (o.junit)
		err = drill_suite_junit(&o.suite, o.junit);
	if (err)
		message_error(err, "%s", o.junit);
	status = status_of(&o);
	drill_suite_free(&o.suite);
	return err ? EXIT_USAGE : status;
}
