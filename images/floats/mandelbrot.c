/* The Mandelbrot set as text, and the points' escape times as a digest. Exit code 44. */
#include <stdint.h>
#include <stdio.h>

enum { WIDTH = 64, HEIGHT = 24, MOST = 48 };

static int escape_time(double re, double im) {
  double x = 0, y = 0;
  for (int time = 0; time < MOST; time++) {
    double xx = x * x, yy = y * y;
    if (xx + yy > 4) return time;
    y = 2 * x * y + im;
    x = xx - yy + re;
  }
  return MOST;
}

int main(void) {
  static const char shades[] = " .:-=+*#%@";
  uint32_t digest = 0;
  for (int row = 0; row < HEIGHT; row++) {
    char line[WIDTH + 1];
    for (int column = 0; column < WIDTH; column++) {
      int time = escape_time(-2.2 + column * (3.2 / WIDTH), -1.2 + (row + 0.5) * (2.4 / HEIGHT));
      digest = digest * 31 + (uint32_t)time;
      line[column] = shades[time * 9 / MOST];
    }
    line[WIDTH] = 0;
    printf("%s\n", line);
  }
  printf("digest %08x\n", digest);
  return 44;
}
