/* Five bodies that attract each other: 300 leapfrog steps from the same start. Square roots and divisions. */
#include "../bench.h"
#include "float.h"

enum { BODIES = 5, STEPS = 300 };
struct body {
  double place[3], speed[3], mass;
};
static const struct body start[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 40},
    {{1, 0, 0.1}, {0, 6.3, 0}, 1e-4},
    {{0, 2.5, 0}, {-4, 0, 0.2}, 0.03},
    {{-5.2, 0.5, -0.1}, {0.1, -2.7, 0}, 0.04},
    {{0.3, -9.5, 0.2}, {2, 0, -0.05}, 0.01},
};
static struct body bodies[BODIES];

void prepare(void) {}

static void step(double time) {
  for (int i = 0; i < BODIES; i++) {
    for (int j = i + 1; j < BODIES; j++) {
      double way[3], square = 0;
      for (int k = 0; k < 3; k++) {
        way[k] = bodies[i].place[k] - bodies[j].place[k];
        square += way[k] * way[k];
      }
      double pull = time / (square * __builtin_sqrt(square));
      for (int k = 0; k < 3; k++) {
        bodies[i].speed[k] -= way[k] * (bodies[j].mass * pull);
        bodies[j].speed[k] += way[k] * (bodies[i].mass * pull);
      }
    }
  }
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) bodies[i].place[k] += time * bodies[i].speed[k];
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < BODIES; i++) {
      for (int k = 0; k < 3; k++) {
        bodies[i].place[k] = start[i].place[k];
        bodies[i].speed[k] = start[i].speed[k];
      }
      bodies[i].mass = start[i].mass;
    }
    for (int i = 0; i < STEPS; i++) step(0.001);
    for (int i = 0; i < BODIES; i++) checksum = bench_mix(checksum, bits_of(bodies[i].place[1]));
  }
  return checksum;
}
