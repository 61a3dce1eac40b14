/* SPDX-License-Identifier: ISC */
/*
 * control_path.c - where control sockets are
 *
 * $XDG_RUNTIME_DIR/tern; without that variable /run/user/UID/tern; without
 * such a directory tern-UID in $TMPDIR or /tmp.  The last is a place where
 * anybody may have made something of that name, so it is used only if it is a
 * directory of ours that nobody else can enter.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int choose(char *out, size_t size)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	const char *tmp = getenv("TMPDIR");
	unsigned int uid = (unsigned int)getuid();
	char user[40];
	int len;

	snprintf(user, sizeof(user), "/run/user/%u", uid);
	if (!run || run[0] != '/')
		run = is_directory(user) ? user : NULL;
	if (!tmp || tmp[0] != '/')
		tmp = "/tmp";
	if (run)
		len = snprintf(out, size, "%s/tern", run);
	else
		len = snprintf(out, size, "%s/tern-%u", tmp, uid);
	return len > 0 && (size_t)len < size ? 0 : -ENAMETOOLONG;
}

int control_directory(char *out, size_t size, bool create)
{
	struct stat st;
	int r = choose(out, size);

	if (r < 0)
		return r;
	if (create && mkdir(out, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(out, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (st.st_uid != getuid() || (st.st_mode & 077))
		return -EPERM;
	return 0;
}
