/* SPDX-License-Identifier: ISC */
/*
 * shake.c - may look into sim/, and nowhere else
 */
#include "base/list.h"
#include "shake.h"
#include "sim/world.h"
#include "tools/tern/shake.h"
