/*
 * The server: answers requests for spells, asleep in between. The vandal has a channel to it as well, and asks for
 * things that nobody should have.
 */
#include "tour.h"

enum { ANSWERS_PER_NOTE = 200 };
static const struct {
  const char *name, *effect;
} spells[] = {
    {"lumos", "light at the tip"}, {"nox", "light out"},          {"accio", "it comes to you"},
    {"alohomora", "it unlocks"},   {"reparo", "it mends"},        {"wingardium", "it floats"},
    {"muffliato", "they hear not"}, {"obliviate", "what was it?"}, {"riddikulus", "it is funny now"},
};
static const char *const refusals[] = {
    "no, life %u, that page isn't yours",         "life %u asks again. Still 403",
    "403 for life %u, as for those before",       "life %u may read the rules instead",
    "life %u, have you tried asking the walls?",
};

/* `line` is ours; returns the status. */
static uint32_t answer(const char *line, char *text, size_t capacity) {
  static const char prefix[] = "GET /spells/";
  if (strncmp(line, prefix, sizeof prefix - 1) != 0) return 400;
  for (size_t i = 0; i < sizeof spells / sizeof spells[0]; i++) {
    if (strcmp(line + sizeof prefix - 1, spells[i].name) != 0) continue;
    strncpy(text, spells[i].effect, capacity);
    return 200;
  }
  return 404;
}

int main(void) {
  struct hallows_channel requests, responses, pestering, log;
  hallows_open(&requests, "requests");
  hallows_open(&responses, "responses");
  hallows_open(&pestering, "pestering");
  hallows_open(&log, "server-log");
  struct hallows_channel *const inputs[] = {&requests, &pestering};
  uint64_t answered = 0, missing = 0, refused = 0;
  for (;;) {
    uint32_t length;
    const struct request *slot;
    while ((slot = hallows_peek(&requests, &length)) != NULL) {
      struct request request;
      memcpy(&request, slot, sizeof request);
      hallows_release(&requests);
      if (length != sizeof request) continue;
      request.line[sizeof request.line - 1] = 0;
      struct response response = {.number = request.number};
      response.status = answer(request.line, response.text, sizeof response.text);
      response.seal = seal_of(response.text, sizeof response.text);
      hallows_send(&responses, &response, sizeof response, HALLOWS_NO_DEADLINE);
      missing += response.status == 404;
      if (++answered % ANSWERS_PER_NOTE == 0) {
        send_note(&log, "%lu answered, %lu of them 404", answered, missing);
        printf("%lu answers, %lu not found, %u doorbells\n", answered, missing, responses.doorbells);
      }
    }
    const struct note *pest;
    while ((pest = hallows_peek(&pestering, &length)) != NULL) {
      uint32_t life = *(const volatile uint32_t *)&pest->life;
      hallows_release(&pestering);
      char text[60];
      snprintf(text, sizeof text, refusals[refused++ % 5], life);
      send_note(&log, "%s", text);
    }
    hallows_wait_any(inputs, 2, HALLOWS_NO_DEADLINE);
  }
}
