/* SPDX-License-Identifier: ISC */
/* tern.h - all of tern's public headers but the optional <tern/libc.h> */
#ifndef TERN_TERN_H
#define TERN_TERN_H

#include <tern/frame.h>
#include <tern/host.h>
#include <tern/info.h>
#include <tern/link.h>
#include <tern/netif.h>
#include <tern/pages.h>
#include <tern/poll.h>
#include <tern/socket.h>
#include <tern/stack.h>
#include <tern/stats.h>
#include <tern/trace.h>
#include <tern/types.h>
#include <tern/zerocopy.h>

#endif
