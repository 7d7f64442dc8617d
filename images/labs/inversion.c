/*
 * Three threads that make a priority inversion. `low` takes a lock and works under it; then `high` starts and wants the
 * lock; then `middle` starts, who wants nothing but time. The lock is either a flag of their own, looked at again and
 * again (low_flag, high_flag), or one that the kernel knows (low_lock, high_lock): the description's entries choose.
 */
#include "lab.h"

LAB_VALUE(low, 40000);
LAB_VALUE(middle, 200000);
LAB_VALUE(high_start, 10000);
LAB_VALUE(middle_start, 20000);

static struct hallows_lock lock = HALLOWS_LOCK(0);
static volatile bool flag;

static void start_at(uint64_t cycle) { hallows_sleep_until(cycle); }

/* Microseconds since boot, rounded down. */
static void say(const char *what) { printf("%s at %lu us\n", what, hallows_microseconds(hallows_now())); }

HALLOWS_THREAD int low_flag(void) {
  flag = true;
  lab_burn(lab_low.number);
  flag = false;
  return 0;
}

HALLOWS_THREAD int low_lock(void) {
  hallows_take(&lock);
  lab_burn(lab_low.number);
  hallows_give(&lock);
  return 0;
}

HALLOWS_THREAD int middle(void) {
  start_at(lab_middle_start.number);
  lab_burn(lab_middle.number);
  say("middle is done");
  return 0;
}

HALLOWS_THREAD int high_flag(void) {
  start_at(lab_high_start.number);
  while (flag) hallows_sleep_until(hallows_now() + hallows_cycles(1000));
  say("high has it");
  return 0;
}

HALLOWS_THREAD int high_lock(void) {
  start_at(lab_high_start.number);
  hallows_take(&lock);
  say("high has it");
  hallows_give(&lock);
  return 0;
}
