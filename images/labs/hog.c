/* Takes all the time that it can get, and writes over all the memory that it has. */
#include "lab.h"

static volatile uint64_t scratch[4096];

int main(void) {
  for (uint64_t turn = 0;; turn++) scratch[turn & 4095] = turn;
}
