/* Five bodies that attract each other, leapfrog steps. The energy hardly changes. Exit code 41. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BODIES = 5, STEPS = 200 };
struct body {
  double place[3], speed[3], mass;
};
static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 40},
    {{1, 0, 0.1}, {0, 6.3, 0}, 1e-4},
    {{0, 2.5, 0}, {-4, 0, 0.2}, 0.03},
    {{-5.2, 0.5, -0.1}, {0.1, -2.7, 0}, 0.04},
    {{0.3, -9.5, 0.2}, {2, 0, -0.05}, 0.01},
};

static void attract(double time) {
  for (int i = 0; i < BODIES; i++) {
    for (int j = i + 1; j < BODIES; j++) {
      double way[3], square = 0;
      for (int k = 0; k < 3; k++) {
        way[k] = bodies[i].place[k] - bodies[j].place[k];
        square += way[k] * way[k];
      }
      double pull = time / (square * sqrt(square));
      for (int k = 0; k < 3; k++) {
        bodies[i].speed[k] -= way[k] * (bodies[j].mass * pull);
        bodies[j].speed[k] += way[k] * (bodies[i].mass * pull);
      }
    }
  }
}

static void move(double time) {
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) bodies[i].place[k] += time * bodies[i].speed[k];
  }
}

static double energy(void) {
  double total = 0;
  for (int i = 0; i < BODIES; i++) {
    double square = 0;
    for (int k = 0; k < 3; k++) square += bodies[i].speed[k] * bodies[i].speed[k];
    total += 0.5 * bodies[i].mass * square;
    for (int j = i + 1; j < BODIES; j++) {
      double distance = 0;
      for (int k = 0; k < 3; k++) {
        double way = bodies[i].place[k] - bodies[j].place[k];
        distance += way * way;
      }
      total -= bodies[i].mass * bodies[j].mass / sqrt(distance);
    }
  }
  return total;
}

int main(void) {
  const double time = 0.001;
  printf("energy %.12f\n", energy());
  for (int step = 0; step < STEPS; step++) {
    move(time / 2);
    attract(time);
    move(time / 2);
  }
  printf("energy %.12f\n", energy());
  for (int i = 0; i < BODIES; i++) {
    uint64_t bits[3];
    memcpy(bits, bodies[i].place, sizeof bits);
    printf("%11.6f %11.6f %11.6f  %016lx %016lx %016lx\n", bodies[i].place[0], bodies[i].place[1], bodies[i].place[2],
           bits[0], bits[1], bits[2]);
  }
  return 41;
}
