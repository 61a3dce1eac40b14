/* SPDX-License-Identifier: ISC */
/*
 * sideways.h - looks at a neighbour on the same floor
 */
#ifndef TERN_UDP_SIDEWAYS_H
#define TERN_UDP_SIDEWAYS_H

#include "tcp/tcb.h"

#ifdef TERN_EXTRA
#endif
#if 1
#endif

#endif
