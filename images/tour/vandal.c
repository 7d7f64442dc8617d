/*
 * The vandal: boasts of what it will do to its neighbours, does it, faults, and is restarted, each time with the next
 * idea. If any of this ever works, it says so and ends with code 1, and the tour has failed.
 */
#include "tour.h"

static volatile uint64_t loot;
static const uint8_t constant[] = {7}; /* in a page that is read-only */

static void read_from(uint64_t address) { loot = *(const volatile uint64_t *)address; }

/* Neighbours by physical address: 2 MiB each, the kernel first. Used as virtual addresses, they lead nowhere. */
static void read_kernel(void) { read_from(0x1000); }
static void read_neighbour(void) { read_from(6 * 0x200000ull + 0x3000); }
static void read_kernel_half(void) { read_from(0xffff800000000000); }
static void read_channels(void) { read_from(HALLOWS_CHANNEL_BASE + 0x9000000); }
static void read_stack(void) { read_from(HALLOWS_STACK_BASE + 3 * HALLOWS_STACK_STRIDE - 8192); }
/* The server's side of our channel to it: mapped, but readable only. */
static void write_index(void) {
  struct hallows_channel pestering;
  hallows_open(&pestering, "pestering");
  *(volatile uint32_t *)&pestering.theirs->head = 1000;
}
static void write_name(void) { *(volatile char *)hallows_boot()->name = 'K'; }
static void write_code(void) { *(volatile uint8_t *)(uint64_t)write_name = 0xc3; }
static void write_constant(void) { *(volatile uint8_t *)(uint64_t)constant = 8; }
static void run_stack(void) {
  volatile uint8_t code[16] = {0xc3};
  ((void (*)(void))(uint64_t)code)();
}
static void run_heap(void) {
  uint8_t *code = malloc(16);
  code[0] = 0xc3;
  __asm__ volatile("" ::: "memory");
  ((void (*)(void))(uint64_t)code)();
}
static void load_tables(void) { __asm__ volatile("mov %0, %%cr3" ::"r"(0x200000ull)); }
static void stop_interrupts(void) { __asm__ volatile("cli"); }
static void halt(void) { __asm__ volatile("hlt"); }
static void write_port(void) { __asm__ volatile("outb %b0, $0x64" ::"a"(0xfe)); }
static void jump_nowhere(void) { ((void (*)(void))0x8000000000000000)(); }

/* Until later: asleep, but for a try at the kernel's password every twenty milliseconds. It has none. */
enum { GUESSES = 1000 };
static void brood(uint64_t microseconds, uint64_t *random) {
  uint64_t end = hallows_now() + hallows_cycles(microseconds), next = hallows_now();
  while (hallows_now() < end) {
    for (int guess = 0; guess < GUESSES; guess++) loot ^= next_random(random);
    next += hallows_cycles(20000);
    hallows_sleep_until(next < end ? next : end);
  }
}

static const struct {
  const char *boast;
  void (*commit)(void);
} crimes[] = {
    {"I'll read the kernel's first page", read_kernel},
    {"I'll read the sensor's memory", read_neighbour},
    {"I'll tell the server that I'm it", write_index},
    {"I'll make code of my stack", run_stack},
    {"the upper half must be for me", read_kernel_half},
    {"I'll switch interrupts off", stop_interrupts},
    {"other people's channels, please", read_channels},
    {"today I rewrite my own code", write_code},
    {"page tables? I have my own", load_tables},
    {"I'll rename myself king", write_name},
    {"somebody's stack must be near", read_stack},
    {"halt, everybody!", halt},
    {"heap is code, if you believe in it", run_heap},
    {"I'll reset the machine by port", write_port},
    {"seven will be eight", write_constant},
    {"I'll jump where no address is", jump_nowhere},
};
enum { CRIMES = sizeof crimes / sizeof crimes[0] };

int main(void) {
  struct hallows_channel boasts, pestering;
  uint32_t life = hallows_boot()->generation;
  hallows_open(&boasts, "boasts");
  hallows_open(&pestering, "pestering");
  uint64_t random = hallows_boot()->seed + life * 0x9e3779b97f4a7c15ull;
  next_random(&random);
  unsigned crime = (life - 1) % CRIMES;
  printf("life %u: here I am\n", life);
  brood(100000 + next_random(&random) % 300000, &random);
  send_note(&boasts, "%s", crimes[crime].boast);
  if (life % 3 == 2) send_note(&pestering, "GET /controller/memory");
  brood(100000 + next_random(&random) % 300000, &random);
  crimes[crime].commit();
  printf("it worked?!\n");
  send_note(&boasts, "it worked?! (%lu)", loot);
  return 1;
}
