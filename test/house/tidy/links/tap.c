/* SPDX-License-Identifier: ISC */
/*
 * tap.c - a driver that reaches into the core; may call malloc(4)
 */
#include <stdlib.h>
#include <tern/link.h>

#include "../src/tcp/tcb.h"
#include "tap.h"
#include "tcp/tcb.h"
