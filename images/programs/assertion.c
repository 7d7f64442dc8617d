/* A failed assertion: prints where, and is an application error for the restart policy. */
#include <assert.h>

int main(void) {
  int owls = 2;
  assert(owls == 3);
  return 0;
}
