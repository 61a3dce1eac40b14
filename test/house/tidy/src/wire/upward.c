/* SPDX-License-Identifier: ISC */
/*
 * upward.c - includes what it may not see
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "net/route.h"
#include "upward.h"
#include "wire/ip4.h"
#include <tern/types.h>
/* #include "tcp/tcb.h" in a comment is none */
