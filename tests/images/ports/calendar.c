/* gmtime, mktime and strftime of 500 times, from the year 1000 to 9999. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "random.h"

int main(void) {
  for (int i = 0; i < 500; i++) {
    time_t when = (time_t)(next_random() % 284012568000u) - 30610224000;
    if (i % 3 == 0) when = (time_t)(next_random() % 4000000000u);
    struct tm *utc = gmtime(&when);
    char text[200], other[64];
    size_t length = strftime(text, sizeof text, "%a %A %b %B %C %d %D %e %F %g %G %H %I %j %m %M %p %R %S %T %u %U %V %w %W %y %Y %%", utc);
    printf("%zu %s\n", length, text);
    strftime(other, sizeof other, "%c|%x|%X|%r|%n|%t", utc);
    struct tm moved = *utc;
    moved.tm_mday += (int)below(800) - 400;
    moved.tm_hour += (int)below(200) - 100;
    moved.tm_mon += (int)below(50) - 25;
    printf("%s %ld", other, (long)mktime(&moved));
    printf(" %s", asctime(&moved));
  }
  char small[8];
  time_t zero = 0;
  printf("%zu %zu\n", strftime(small, 8, "%Y", gmtime(&zero)), strftime(small, 4, "%Y", gmtime(&zero)));
  printf("%s", ctime(&zero));
  return 22;
}
