/* A partition that counts its periods. Written against the SDK of Hallows: docs/guest-programs.md has what there is. */
#include <hallows.h>
#include <stdio.h>

int main(void) {
  for (;;) {
    uint64_t periods = hallows_periodic_wait().value;
    printf("period %lu, %lu us after boot\n", periods, hallows_microseconds(hallows_now()));
  }
}
