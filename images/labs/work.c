/* A control loop: in each of its periods it works for some cycles, and waits for the next. */
#include "lab.h"

LAB_VALUE(work, 10000);

int main(void) {
  for (;;) {
    hallows_periodic_wait();
    lab_burn(lab_work.number);
  }
}
