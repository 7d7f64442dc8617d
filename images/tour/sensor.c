/*
 * The sensor: measures a cauldron fifty times a second, in its windows. The cauldron itself is simulated in here too:
 * it takes the controller's heat, loses warmth to the room, and now and then somebody opens a window. The thermometer
 * is a cheap one: a reading is the median of many samples that differ by degrees.
 */
#include "tour.h"

enum { ROOM = 18000, PERIODS_PER_LINE = 25, PERIODS_PER_DRAUGHT = 230, SAMPLES = 91 };

/* What the thermometer says of a cauldron, in millidegrees. */
static int64_t measure(int64_t millidegrees, uint64_t *random) {
  int64_t samples[SAMPLES];
  for (int count = 0; count < SAMPLES; count++) {
    int64_t sample = millidegrees + (int64_t)(next_random(random) % 4001) - 2000;
    int place = count;
    for (; place > 0 && samples[place - 1] > sample; place--) samples[place] = samples[place - 1];
    samples[place] = sample;
  }
  return samples[SAMPLES / 2];
}

int main(void) {
  struct hallows_channel readings, heat, log;
  hallows_open(&readings, "readings");
  hallows_open(&heat, "heat");
  hallows_open(&log, "sensor-log");
  uint64_t random = hallows_boot()->seed;
  int64_t millidegrees = 40000;
  uint64_t permille = 0;
  for (uint64_t number = 1;; number++) {
    uint32_t length;
    const struct heat *wanted;
    while ((wanted = hallows_peek(&heat, &length)) != NULL) {
      /* Copied before it is checked: the controller could change it in between. */
      uint64_t copy = *(const volatile uint64_t *)&wanted->permille;
      if (length == sizeof *wanted && copy <= 1000) permille = copy;
      hallows_release(&heat);
    }
    hallows_publish(&heat);

    millidegrees += (int64_t)permille * 8 / 10 - (millidegrees - ROOM) / 128 + (int64_t)(next_random(&random) % 101) - 50;
    if (number % PERIODS_PER_DRAUGHT == 0) {
      millidegrees -= 9000;
      send_note(&log, "brr, somebody opened a window");
    }

    uint64_t cycle = hallows_now();
    int64_t measured = measure(millidegrees, &random);
    struct reading *reading = hallows_reserve(&readings);
    if (reading != NULL) {
      reading->number = number;
      reading->cycle = cycle;
      reading->millidegrees = measured;
      hallows_commit(&readings, sizeof *reading);
      hallows_publish(&readings);
    }
    if (number % PERIODS_PER_LINE == 0) {
      int bars = (int)(millidegrees / 5000);
      printf("%3d.%d C |%.*s%*s|\n", (int)(millidegrees / 1000), (int)(millidegrees / 100 % 10), bars,
             "####################", 20 - bars, "");
    }
    hallows_periodic_wait();
  }
}
