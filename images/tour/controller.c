/*
 * The controller: keeps the cauldron at the temperature of the recipe. For each reading it tries many strengths of heat
 * on a model of the cauldron, a second ahead, and takes the one that ends nearest. Its window follows the sensor's, so
 * the age of a reading is the same each time: it prints that, too.
 */
#include "tour.h"

enum { PERIODS_PER_LINE = 25, PERIODS_PER_STEP = 400, PERIODS_AHEAD = 50, COARSE = 50, FINE = 5 };
enum { ROOM = 18000 };
static const struct {
  const char *name;
  int64_t millidegrees;
} recipe[] = {{"simmer", 60000}, {"boil", 95000}, {"rest", 45000}};

/* How far from `wanted` the cauldron will be, in millidegrees, when it is heated so long. */
static int64_t miss(int64_t millidegrees, int64_t wanted, int64_t permille) {
  int64_t gain = permille * 8 / 10;
  for (int period = 0; period < PERIODS_AHEAD; period++) millidegrees += gain - (millidegrees - ROOM) / 128;
  return millidegrees > wanted ? millidegrees - wanted : wanted - millidegrees;
}

/* The best of the heats from `from` to `to`, in steps; between 0 and 1000. */
static int64_t best_heat(int64_t millidegrees, int64_t wanted, int64_t from, int64_t to, int64_t step) {
  int64_t best = 0, least = INT64_MAX;
  for (int64_t permille = from; permille <= to; permille += step) {
    if (permille < 0 || permille > 1000) continue;
    int64_t missed = miss(millidegrees, wanted, permille);
    if (missed < least) {
      least = missed;
      best = permille;
    }
  }
  return best;
}

int main(void) {
  struct hallows_channel readings, heat, log;
  hallows_open(&readings, "readings");
  hallows_open(&heat, "heat");
  hallows_open(&log, "controller-log");
  int64_t now_at = 0;
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
      int64_t wanted = recipe[step].millidegrees;
      int64_t about = best_heat(now_at, wanted, 0, 1000, COARSE);
      permille = (uint64_t)best_heat(now_at, wanted, about - COARSE, about + COARSE, FINE);
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
