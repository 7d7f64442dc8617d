/* Rays marched towards a ball, a ring and a floor in single precision: 32 x 24 rays of up to 32 steps. */
#include "../bench.h"

enum { WIDTH = 32, HEIGHT = 24, STEPS = 32 };
struct vector {
  float x, y, z;
};

void prepare(void) {}

static float least(float a, float b) { return a < b ? a : b; }

static float distance(struct vector at) {
  float x = at.x + 0.9f, y = at.y - 0.1f, z = at.z - 0.3f;
  float ball = __builtin_sqrtf(x * x + y * y + z * z) - 1;
  float across = at.x - 1.1f, round = __builtin_sqrtf(across * across + at.y * at.y) - 0.8f;
  float ring = __builtin_sqrtf(round * round + at.z * at.z) - 0.3f;
  return least(least(ball, ring), at.y + 1);
}

static float march(struct vector way) {
  float length = 0.02f;
  for (int step = 0; step < STEPS && length < 9; step++) {
    float room = distance((struct vector){way.x * length, 0.6f + way.y * length, -4 + way.z * length});
    if (room < 0.004f) return length;
    length += room;
  }
  return 9;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    uint64_t sum = 0;
    for (int row = 0; row < HEIGHT; row++) {
      for (int column = 0; column < WIDTH; column++) {
        struct vector way = {((float)column + 0.5f - WIDTH / 2) * (2.6f / WIDTH),
                             (HEIGHT / 2 - (float)row - 0.5f) * (1.9f / HEIGHT) - 0.15f, 1.6f};
        float scale = 1 / __builtin_sqrtf(way.x * way.x + way.y * way.y + way.z * way.z);
        float length = march((struct vector){way.x * scale, way.y * scale, way.z * scale});
        sum = sum * 31 + (uint64_t)(int32_t)(length * 65536);
      }
    }
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
