/* SPDX-License-Identifier: ISC */
/*
 * world.c - stands in a drawer
 */
