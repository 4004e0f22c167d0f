/*
 * Vectorscan over the same patterns and the same texts as our engine (loadtest/vectorscan.ts), in block mode, one core.
 * Usage: vectorscan PATTERNS TEXTS ROUNDS
 *   PATTERNS  a line for each: "i" or "-", a tab, the pattern
 *   TEXTS     each preceded by its length in bytes as 32 bits, little endian
 * Prints one line of figures: patterns taken and refused, milliseconds of processor time to compile, ends of matches, and
 * megabytes by second of processor time in each round.
 */
#include <hs/hs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long long ends;

static int onEnd(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context) {
  (void)id, (void)from, (void)to, (void)flags, (void)context;
  ends++;
  return 0;
}

static double spentMs(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static char *readAll(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*size + 1);
  if (bytes != NULL && fread(bytes, 1, *size, file) == *size) bytes[*size] = 0;
  fclose(file);
  return bytes;
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: vectorscan PATTERNS TEXTS ROUNDS\n"), 2;
  size_t patternsSize = 0, textsSize = 0;
  char *patterns = readAll(argv[1], &patternsSize), *texts = readAll(argv[2], &textsSize);
  if (patterns == NULL || texts == NULL) return fprintf(stderr, "cannot read %s or %s\n", argv[1], argv[2]), 2;

  static const char *taken[8192];
  static unsigned int flags[8192], ids[8192];
  unsigned int count = 0, refused = 0;
  const double compileFrom = spentMs();
  for (char *line = strtok(patterns, "\n"); line != NULL && count < 8192; line = strtok(NULL, "\n")) {
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *error = NULL;
    const unsigned int flag = line[0] == 'i' ? HS_FLAG_CASELESS : 0;
    if (hs_expression_info(line + 2, flag, &info, &error) != HS_SUCCESS) {
      fprintf(stderr, "refused: %s: %s\n", error->message, line + 2);
      hs_free_compile_error(error);
      refused++;
      continue;
    }
    free(info);
    taken[count] = line + 2;
    flags[count] = flag;
    ids[count] = count;
    count++;
  }
  hs_database_t *database = NULL;
  hs_compile_error_t *error = NULL;
  if (hs_compile_multi(taken, flags, ids, count, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS)
    return fprintf(stderr, "not compiled: %s (pattern %d)\n", error->message, error->expression), 1;
  const double compileMs = spentMs() - compileFrom;
  hs_scratch_t *scratch = NULL;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return fprintf(stderr, "no memory\n"), 1;
  size_t databaseSize = 0;
  hs_database_size(database, &databaseSize);

  printf("patterns %u, refused %u, compileMs %.0f, databaseMB %.1f, MBps", count, refused, compileMs, databaseSize / 1e6);
  for (int round = 0; round < atoi(argv[3]); round++) {
    ends = 0;
    size_t bytes = 0;
    const double from = spentMs();
    for (size_t at = 0; at + 4 <= textsSize;) {
      uint32_t length;
      memcpy(&length, texts + at, 4);
      if (hs_scan(database, texts + at + 4, length, 0, scratch, onEnd, NULL) != HS_SUCCESS) return 1;
      bytes += length;
      at += 4 + length;
    }
    printf(" %.2f", bytes / 1e3 / (spentMs() - from));
    fflush(stdout);
  }
  printf(", ends %llu\n", ends);
  return 0;
}
