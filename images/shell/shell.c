/*
 * A line from the console, an answer to it: the smallest program that people talk to. It sleeps until a line comes, so
 * the machine is idle in between and virtual time follows the host's.
 */
#include "hallows.h"

#include <ctype.h>
#include <time.h>

static void help(void) {
  puts("echo WORDS   prints them");
  puts("time         virtual time since power-on");
  puts("date         the host's date");
  puts("count N      counts to N, which takes a while");
  puts("fault        reads where there is nothing; the partition is restarted");
  puts("exit         ends the partition");
}

/* What stands behind a command, or NULL when the line is another. */
static const char *rest_of(const char *line, const char *command) {
  size_t length = strlen(command);
  if (strncmp(line, command, length) != 0 || (line[length] != 0 && line[length] != ' ')) return NULL;
  for (line += length; *line == ' ';) line++;
  return line;
}

static void count_to(const char *text) {
  uint64_t started = hallows_now();
  volatile uint64_t count = 0;
  uint64_t goal = strtoull(text, NULL, 10);
  while (count < goal) count++;
  printf("%llu, in %llu cycles\n", (unsigned long long)count, (unsigned long long)(hallows_now() - started));
}

static void date(struct hallows_channel *clock) {
  uint64_t nanoseconds;
  char text[64];
  hallows_clock_await(clock, HALLOWS_NO_DEADLINE);
  if (hallows_clock_read(clock, &nanoseconds) != HALLOWS_NO_ERROR) {
    puts("nobody tells me");
    return;
  }
  time_t seconds = (time_t)(nanoseconds / 1000000000);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime(&seconds));
  printf("%s.%03u UTC\n", text, (unsigned)(nanoseconds / 1000000 % 1000));
}

static void fault(void) {
  volatile uintptr_t nowhere = 16;
  *(volatile int *)nowhere;
}

int main(void) {
  char line[256];
  struct hallows_channel clock;
  hallows_open(&clock, "date");
  printf("generation %u; \"help\" says what I know\n", hallows_boot()->generation);
  while (fgets(line, sizeof line, stdin) != NULL) {
    const char *rest;
    for (size_t end = strlen(line); end > 0 && isspace((unsigned char)line[end - 1]); end--) line[end - 1] = 0;
    if ((rest = rest_of(line, "echo")) != NULL) puts(rest);
    else if (rest_of(line, "time") != NULL)
      printf("%llu us\n", (unsigned long long)hallows_microseconds(hallows_now()));
    else if (rest_of(line, "date") != NULL) date(&clock);
    else if ((rest = rest_of(line, "count")) != NULL) count_to(rest);
    else if (rest_of(line, "fault") != NULL) fault();
    else if (rest_of(line, "exit") != NULL) return 0;
    else if (rest_of(line, "help") != NULL) help();
    else if (line[0] != 0) printf("I don't know \"%s\"\n", line);
  }
  puts("no more input");
  return 0;
}
