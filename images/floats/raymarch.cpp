// Rays marched towards a ball, a ring and a floor, with light and shadow, in single precision. Exit code 46.
#include <math.h>
#include <stdint.h>
#include <stdio.h>

namespace {

struct Vector {
  float x, y, z;
  Vector operator+(Vector b) const { return {x + b.x, y + b.y, z + b.z}; }
  Vector operator-(Vector b) const { return {x - b.x, y - b.y, z - b.z}; }
  Vector operator*(float factor) const { return {x * factor, y * factor, z * factor}; }
  float dot(Vector b) const { return x * b.x + y * b.y + z * b.z; }
  float length() const { return sqrtf(dot(*this)); }
  Vector unit() const { return *this * (1.0f / length()); }
};

float least(float a, float b) { return a < b ? a : b; }

// How far the nearest surface is.
float distance(Vector at) {
  float ball = (at - Vector{-0.9f, 0.1f, 0.3f}).length() - 1.0f;
  Vector p = at - Vector{1.1f, 0.0f, 0.0f};
  float round = sqrtf(p.x * p.x + p.y * p.y) - 0.8f;
  float ring = sqrtf(round * round + p.z * p.z) - 0.3f;
  return least(least(ball, ring), at.y + 1.0f);
}

// Where the ray ends; a length of `most` or more is nowhere.
float march(Vector from, Vector direction, float most) {
  float length = 0.02f;
  for (int step = 0; step < 24 && length < most; step++) {
    float room = distance(from + direction * length);
    if (room < 0.004f) return length;
    length += room;
  }
  return most;
}

float brightness(Vector eye, Vector direction) {
  const float far = 9;
  float length = march(eye, direction, far);
  if (length >= far) return 0;
  Vector at = eye + direction * length;
  const float step = 0.004f;
  float here = distance(at);
  Vector normal = Vector{distance(at + Vector{step, 0, 0}) - here, distance(at + Vector{0, step, 0}) - here,
                         distance(at + Vector{0, 0, step}) - here}
                      .unit();
  Vector light = Vector{-0.5f, 0.8f, -0.6f}.unit();
  float shine = normal.dot(light);
  if (!(shine > 0)) shine = 0;
  if (shine > 0 && march(at + normal * 0.02f, light, 4) < 4) shine = shine * 0.3f;
  return 0.15f + 0.85f * shine;
}

}  // namespace

extern "C" int main() {
  constexpr int width = 40, height = 14;
  static const char shades[] = " .,:;+=xX#@";
  uint32_t digest = 0;
  const Vector eye = {0, 0.6f, -4};
  for (int row = 0; row < height; row++) {
    char line[width + 1];
    for (int column = 0; column < width; column++) {
      Vector direction = Vector{(column + 0.5f - width / 2) * (2.6f / width), (height / 2 - row - 0.5f) * (1.9f / height) - 0.15f, 1.6f}.unit();
      float value = brightness(eye, direction);
      digest = digest * 31 + (uint32_t)(value * 65536);
      line[column] = shades[(int)(value * 10)];
    }
    line[width] = 0;
    printf("%s\n", line);
  }
  printf("digest %08x\n", digest);
  return 46;
}
