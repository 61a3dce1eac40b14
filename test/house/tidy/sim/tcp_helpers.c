/* SPDX-License-Identifier: ISC */
/*
 * tcp_helpers.c - stands in a drawer
 */
