/* A periodic thread that has nothing to do. */
#include "hallows.h"

int main(void) {
  for (;;) hallows_periodic_wait();
}
