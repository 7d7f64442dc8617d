/*
 * The controller: keeps the cauldron at the temperature of the recipe, by a proportional-integral rule, once for each
 * reading. Its window follows the sensor's, so the age of a reading is the same each time: it prints that, too.
 */
#include "tour.h"

enum { PERIODS_PER_LINE = 25, PERIODS_PER_STEP = 400 };
static const struct {
  const char *name;
  int64_t millidegrees;
} recipe[] = {{"simmer", 60000}, {"boil", 95000}, {"rest", 45000}};

int main(void) {
  struct hallows_channel readings, heat, log;
  hallows_open(&readings, "readings");
  hallows_open(&heat, "heat");
  hallows_open(&log, "controller-log");
  int64_t sum = 0, now_at = 0;
  uint64_t youngest = UINT64_MAX, oldest = 0, permille = 0;
  send_note(&log, "first, %s at %d C", recipe[0].name, (int)(recipe[0].millidegrees / 1000));
  for (uint64_t period = 1;; period++) {
    unsigned step = (unsigned)(period / PERIODS_PER_STEP % 3);
    uint32_t length;
    const struct reading *slot;
    while ((slot = hallows_peek(&readings, &length)) != NULL) {
      struct reading reading;
      memcpy(&reading, slot, sizeof reading);
      hallows_release(&readings);
      if (length != sizeof reading) continue;
      uint64_t age = hallows_now() - reading.cycle;
      if (age < youngest) youngest = age;
      if (age > oldest) oldest = age;
      now_at = reading.millidegrees;
      int64_t difference = recipe[step].millidegrees - now_at;
      int64_t wanted = difference / 10 + sum / 400;
      if (wanted > 0 && wanted < 1000) sum += difference; /* no winding up at the ends */
      permille = wanted < 0 ? 0 : wanted > 1000 ? 1000 : (uint64_t)wanted;
      struct heat *out = hallows_reserve(&heat);
      if (out != NULL) {
        out->permille = permille;
        hallows_commit(&heat, sizeof *out);
      }
    }
    hallows_publish(&readings);
    hallows_publish(&heat);
    if (period % PERIODS_PER_LINE == 0) {
      printf("heat %3d %%, age %lu to %lu us\n", (int)permille / 10, hallows_microseconds(youngest),
             hallows_microseconds(oldest));
      youngest = UINT64_MAX;
      oldest = 0;
    }
    if (period % PERIODS_PER_STEP == 0) {
      send_note(&log, "%d C; next, %s at %d C", (int)(now_at / 1000), recipe[step].name,
                (int)(recipe[step].millidegrees / 1000));
    }
    hallows_periodic_wait();
  }
}
