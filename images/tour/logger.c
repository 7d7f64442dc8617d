/*
 * The logger: prints what reaches it, with the time. It shares its core with the vandal and has its own opinion: it
 * tells from the generation in the vandal's notes how many lives are over.
 */
#include "tour.h"

enum { SOURCES = 4, VANDAL = 0 };
static const char *const names[SOURCES] = {"vandal", "sensor", "controller", "server"};
static const char *const channels[SOURCES] = {"boasts", "sensor-log", "controller-log", "server-log"};
static const char *const obituaries[] = {
    "(life %u is over. The walls held.)",
    "(rest in pages, life %u.)",
    "(that was life %u. Nobody noticed.)",
    "(exit life %u, pursued by a fault.)",
    "(life %u has left us. Tea?)",
    "(the wall sends regards to life %u.)",
    "(life %u met a page table. It won.)",
};

int main(void) {
  struct hallows_channel logs[SOURCES];
  struct hallows_channel *inputs[SOURCES];
  for (int i = 0; i < SOURCES; i++) {
    hallows_open(&logs[i], channels[i]);
    inputs[i] = &logs[i];
  }
  uint32_t last_life = 0;
  for (;;) {
    for (int i = 0; i < SOURCES; i++) {
      uint32_t length;
      const void *slot;
      while ((slot = hallows_peek(&logs[i], &length)) != NULL) {
        struct note note;
        memcpy(&note, slot, sizeof note);
        hallows_release(&logs[i]);
        if (length != sizeof note) continue;
        note.text[sizeof note.text - 1] = 0;
        uint64_t tenths = hallows_microseconds(hallows_now()) / 100000;
        if (i == VANDAL && note.life > last_life) {
          if (last_life > 0) {
            printf("%3lu.%lu ", tenths / 10, tenths % 10);
            printf(obituaries[last_life % 7], last_life);
            putchar('\n');
          }
          last_life = note.life;
        }
        printf("%3lu.%lu %s: %s\n", tenths / 10, tenths % 10, names[i], note.text);
      }
      hallows_publish(&logs[i]);
    }
    hallows_wait_any(inputs, SOURCES, HALLOWS_NO_DEADLINE);
  }
}
