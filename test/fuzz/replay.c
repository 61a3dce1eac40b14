/* SPDX-License-Identifier: ISC */
/*
 * replay.c - hands a fuzz target the inputs that were kept, without libFuzzer
 *
 * Each argument is a file or a directory of files.  The empty input comes
 * first, so that a target without a corpus is run all the same.  A target that
 * finds something wrong traps; getting to the end is the pass.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path, size_t size)
{
	/* As large as the input and no larger, for the sanitizer's sake. */
	uint8_t *data = malloc(size ? size : 1);
	FILE *file = fopen(path, "rb");
	int failed = !data || !file || fread(data, 1, size, file) != size;

	if (failed)
		fprintf(stderr, "replay: cannot read %s\n", path);
	else
		LLVMFuzzerTestOneInput(data, size);
	if (file)
		fclose(file);
	free(data);
	return failed;
}

/* Returns the number of inputs that could not be read. */
static int replay(const char *path)
{
	struct dirent *entry;
	char name[4096];
	struct stat st;
	int failed = 0;
	DIR *dir;

	if (stat(path, &st))
		return 0; /* no corpus is kept for this target */
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size);
	dir = opendir(path);
	if (!dir)
		return 1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		failed += replay(name);
	}
	closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		failed += replay(argv[i]);
	return failed != 0;
}
