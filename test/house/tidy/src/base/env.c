/* SPDX-License-Identifier: ISC */
/*
 * env.c - may ask the preprocessor, and know the byte order
 */
#if defined(__GNUC__)
unsigned short env_order(unsigned short v)
{
	return htons(v);
}
#endif
