/* SPDX-License-Identifier: ISC */
/*
 * answer.h - what a stack tells about itself, as JSON
 *
 * Each returns a new object, NULL if there is no memory.
 */
#ifndef TERN_TOOL_ANSWER_H
#define TERN_TOOL_ANSWER_H

#include <jansson.h>

#include <tern/info.h>

/* A socket, with the sizes of its buffers if it has a descriptor. */
json_t *answer_socket(struct tern *n, const struct tern_sockinfo *s);

/* Counters and drops that are not zero, and the memory in use. */
json_t *answer_stats(const struct tern *n);

/* All counters by Linux's names, and drops as TernDrop and the reason. */
json_t *answer_counters(const struct tern *n);

/* The interface, NULL also if there is none of that index. */
json_t *answer_interface(const struct tern *n, int ifindex);

/* The i-th tunable with its value, NULL past the last. */
json_t *answer_sysctl(const struct tern *n, int i);

/* An event; `epoch_ns` is what makes its time one since 1970. */
json_t *answer_event(const struct tern_event *ev, tern_time epoch_ns);

#endif
