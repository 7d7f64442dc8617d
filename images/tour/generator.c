/*
 * The request generator: people who want spells, at random times. It doesn't wait for an answer before it asks the
 * next question, and measures from when a question was due, so a slow server can't hide.
 */
#include "tour.h"

enum { ANSWERS_PER_LINE = 100, IN_FLIGHT = 64, MEAN_MICROSECONDS = 12000 };
static const char wishes[][16] = {"lumos",     "nox",       "accio",     "alohomora", "reparo", "wingardium",
                                  "muffliato", "obliviate", "riddikulus", "avada",     "expecto"};
static uint64_t due[IN_FLIGHT]; /* by request number */

/* -ln((i + 0.5) / 16) in thousandths: intervals between independent people, coarsely. */
static const uint32_t waits[16] = {3466, 2367, 1856, 1520, 1269, 1068, 901, 758, 633, 522, 421, 330, 247, 170, 99, 32};

int main(void) {
  struct hallows_channel requests, responses;
  hallows_open(&requests, "requests");
  hallows_open(&responses, "responses");
  struct hallows_channel *const inputs[] = {&responses};
  uint64_t random = hallows_boot()->seed, number = 0, answered = 0, in_flight = 0;
  uint64_t sum = 0, worst = 0, best = UINT64_MAX, next = hallows_now();
  for (;;) {
    while (hallows_now() >= next && in_flight < IN_FLIGHT) {
      struct request *request = hallows_reserve(&requests);
      if (request == NULL) break;
      request->number = number;
      memcpy(request->line, "GET /spells/", 12);
      memcpy(request->line + 12, wishes[next_random(&random) % 11], 16);
      hallows_commit(&requests, sizeof *request);
      hallows_publish(&requests);
      due[number++ % IN_FLIGHT] = next;
      in_flight++;
      next += hallows_cycles((uint64_t)MEAN_MICROSECONDS * waits[next_random(&random) % 16] / 1000);
    }
    uint32_t length;
    const struct response *slot;
    while ((slot = hallows_peek(&responses, &length)) != NULL) {
      struct response response;
      memcpy(&response, slot, sizeof response);
      hallows_release(&responses);
      if (length != sizeof response || response.number >= number || in_flight == 0) continue;
      if (response.seal != seal_of(response.text, sizeof response.text)) {
        printf("answer %lu has a wrong seal\n", response.number);
        continue;
      }
      in_flight--;
      uint64_t cycles = hallows_now() - due[response.number % IN_FLIGHT];
      sum += cycles;
      if (cycles > worst) worst = cycles;
      if (cycles < best) best = cycles;
      if (++answered % ANSWERS_PER_LINE == 0) {
        printf("%lu answers, %lu to %lu us, mean %lu\n", answered, hallows_microseconds(best),
               hallows_microseconds(worst), hallows_microseconds(sum / ANSWERS_PER_LINE));
        sum = worst = 0;
        best = UINT64_MAX;
      }
    }
    hallows_wait_any(inputs, 1, in_flight < IN_FLIGHT ? next : HALLOWS_NO_DEADLINE);
  }
}
