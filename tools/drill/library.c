/* SPDX-License-Identifier: ISC */
/*
 * library.c - a stack behind packetdrill's interface: loaded, timed, fed
 */
#include "library.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <tern/netif.h>

static const char *profile_name(const struct drill_profile *p)
{
	const char *name;
	int i;

	for (i = 0; (name = drill_profile_name(i)); i++)
		if (drill_profile_find(name) == p)
			return name;
	return "";
}

/* A function under this name; NULL if there is none. */
static void (*find(void *handle, const char *name))(void)
{
	union {
		void *object;
		void (*function)(void);
	} u;

	u.object = dlsym(handle, name);
	return u.function;
}

/* POSIX lets a pointer from dlsym() be any function's. */
static void find_extras(struct drill_library *l)
{
	l->accept4 = (int (*)(int, struct sockaddr *, socklen_t *, int))find(
		l->handle, "accept4");
	l->getsockname = (int (*)(int, struct sockaddr *, socklen_t *))find(
		l->handle, "getsockname");
	l->getpeername = (int (*)(int, struct sockaddr *, socklen_t *))find(
		l->handle, "getpeername");
}

bool drill_library_open(struct drill_stage *s, const struct drill_settings *set,
			const struct drill_config *c, char *why, size_t size)
{
	struct drill_library *l = calloc(1, sizeof(*l));
	packetdrill_interface_init_fn *init = NULL;
	char flags[128], local[16];

	memset(s, 0, sizeof(*s));
	if (!l) {
		snprintf(why, size, "there is no memory");
		return false;
	}
	l->handle = dlopen(c->library, RTLD_NOW | RTLD_LOCAL);
	if (l->handle)
		init = (packetdrill_interface_init_fn *)find(
			l->handle, "packetdrill_interface_init");
	if (!init) {
		snprintf(why, size, "%s", dlerror());
		free(l);
		return false;
	}
	snprintf(flags, sizeof(flags), "%s,local=%s,prefix=%d,mtu=%u",
		 profile_name(c->profile), tern_format_addr(set->local, local),
		 set->prefix_len, set->mtu);
	init(flags, &l->i);
	find_extras(l);
	l->worker.library = l;
	s->library = l;
	s->target = &drill_target_library;
	s->steps_left = UINT64_MAX;
	s->origin = s->now = s->answered = drill_library_now(l);
	s->stamp_origin = s->origin;
	return true;
}

tern_time drill_library_now(struct drill_library *l)
{
	struct timeval tv = {0, 0};

	l->i.gettimeofday(l->i.userdata, &tv, NULL);
	return (tern_time)tv.tv_sec * TERN_S + (tern_time)tv.tv_usec * TERN_US;
}
