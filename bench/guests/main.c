/*
 * What runs a benchmark program in every engine: once to warm up, and then in batches, with a line on the console after
 * each. The host takes the time between lines, so neither start-up nor translation is in the measurement; the first
 * line, of work(1), is the same on every engine that works.
 *
 * The numbers are in the file: the host finds `parameters` by its name and replaces what follows (build.mjs).
 */
#include "../programs/bench.h"

/* Writes a line of text, its newline included. */
void bench_write(const char *line, uint64_t length);

struct parameters {
  char name[16];
  uint64_t rounds;  /* of a batch */
  uint64_t batches;
  uint64_t telling; /* how densely steps are told, or 0 */
};
__attribute__((section(".data"), used)) volatile struct parameters parameters = {"bench parameters", 1, 1, 0};

static void write_number(uint64_t number) {
  char line[17];
  for (unsigned i = 0; i < 16; i++) line[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15];
  line[16] = '\n';
  bench_write(line, sizeof line);
}

/*
 * A step is a line with nothing but a plus. The first `telling` steps all have one, and then the fewer the more there
 * were: what a program prints costs less than a hundredth of its time, and a fast engine has no more to do with it than
 * a slow one.
 */
void bench_step(void) {
  static uint64_t steps, next;
  uint64_t telling = parameters.telling;
  if (telling == 0 || ++steps < next) return;
  next = steps + 1 + steps / telling;
  bench_write("+\n", 2);
}

void bench_main(void) {
  prepare();
  write_number(work(1));
  for (uint64_t batches = parameters.batches; batches > 0; batches--) write_number(work(parameters.rounds));
}
