/*
 * <time.h>: the machine's own time as seconds, and the calendar of UTC, whose day 0 is that of the boot.
 */

uint64_t hallows_scale(uint64_t value, uint64_t numerator, uint64_t denominator) {
  /* 128 bits by 64 in one instruction: its quotient must fit, so the whole part is taken off first. */
  uint64_t whole = value / denominator, rest = value % denominator, product;
  if (__builtin_mul_overflow(whole, numerator, &product)) return UINT64_MAX;
  uint64_t low, high;
  __asm__("mul %3" : "=a"(low), "=d"(high) : "0"(rest), "r"(numerator) : "cc");
  /* rest < denominator, so the quotient is below numerator. */
  __asm__("div %2" : "+a"(low), "+d"(high) : "r"(denominator) : "cc");
  return __builtin_add_overflow(product, low, &product) ? UINT64_MAX : product;
}

static struct timespec to_timespec(uint64_t cycles) {
  uint64_t frequency = hallows_boot()->frequency_hz;
  return (struct timespec){(time_t)(cycles / frequency), (long)hallows_scale(cycles % frequency, 1000000000, frequency)};
}

time_t time(time_t *result) {
  time_t now = to_timespec(hallows_now()).tv_sec;
  if (result != NULL) *result = now;
  return now;
}

clock_t clock(void) { return (clock_t)hallows_microseconds(hallows_now()); }

int clock_gettime(clockid_t which, struct timespec *result) {
  (void)which;
  *result = to_timespec(hallows_now());
  return 0;
}

int timespec_get(struct timespec *result, int base) {
  *result = to_timespec(hallows_now());
  return base == TIME_UTC ? base : 0;
}

int nanosleep(const struct timespec *length, struct timespec *left) {
  if (length->tv_sec < 0 || length->tv_nsec < 0 || length->tv_nsec > 999999999) return refuse(EINVAL);
  uint64_t frequency = hallows_boot()->frequency_hz;
  uint64_t cycles = hallows_scale((uint64_t)length->tv_nsec, frequency, 1000000000);
  hallows_sleep_until(hallows_now() + (uint64_t)length->tv_sec * frequency + cycles);
  if (left != NULL) *left = (struct timespec){0, 0};
  return 0;
}

#ifdef __SSE2__
double difftime(time_t late, time_t early) { return (double)(late - early); }
#endif

/* ---- the calendar ------------------------------------------------------------------------------------------------ */

enum { DAY_SECONDS = 86400, ERA_DAYS = 146097 /* of 400 years */, DAYS_TO_1970 = 719468 /* from 1 March of year 0 */ };

static long floor_divide(long value, long by) { return value / by - (value % by < 0); }

/* Days since 1 January 1970; month from 0, any day. A year is counted from March, so that a leap day is its last. */
static long days_of(long year, long month, long day) {
  year += floor_divide(month, 12);
  month -= floor_divide(month, 12) * 12;
  long from_march = (month + 10) % 12;
  if (month < 2) year--;
  long era = floor_divide(year, 400), of_era = year - era * 400;
  return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + (153 * from_march + 2) / 5 + day - 1 - DAYS_TO_1970;
}

struct tm *gmtime_r(const time_t *restrict when, struct tm *restrict result) {
  long days = floor_divide(*when, DAY_SECONDS), seconds = *when - days * DAY_SECONDS;
  long from_march_0 = days + DAYS_TO_1970, era = floor_divide(from_march_0, ERA_DAYS), of_era = from_march_0 - era * ERA_DAYS;
  long year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  long of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  long from_march = (5 * of_year + 2) / 153;
  long month = (from_march + 2) % 12, year = era * 400 + year_of_era + (month < 2);
  *result = (struct tm){
      .tm_sec = (int)(seconds % 60),
      .tm_min = (int)(seconds / 60 % 60),
      .tm_hour = (int)(seconds / 3600),
      .tm_mday = (int)(of_year - (153 * from_march + 2) / 5 + 1),
      .tm_mon = (int)month,
      .tm_year = (int)(year - 1900),
      .tm_wday = (int)((days % 7 + 11) % 7), /* day 0 was a Thursday */
      .tm_yday = (int)(days - days_of(year, 0, 1)),
  };
  return result;
}

static struct tm broken_down;
struct tm *localtime_r(const time_t *restrict when, struct tm *restrict result) { return gmtime_r(when, result); }
struct tm *gmtime(const time_t *when) { return gmtime_r(when, &broken_down); }
struct tm *localtime(const time_t *when) { return gmtime_r(when, &broken_down); }

time_t timegm(struct tm *utc) {
  long days = days_of(utc->tm_year + 1900L, utc->tm_mon, utc->tm_mday);
  time_t when = days * DAY_SECONDS + utc->tm_hour * 3600L + utc->tm_min * 60L + utc->tm_sec;
  gmtime_r(&when, utc);
  return when;
}

time_t mktime(struct tm *local) { return timegm(local); }

static const char days[7][10] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char months[12][10] = {"January", "February", "March",     "April",   "May",      "June",
                                    "July",    "August",   "September", "October", "November", "December"};

char *asctime(const struct tm *when) {
  static char text[48];
  snprintf(text, sizeof text, "%.3s %.3s%3d %.2d:%.2d:%.2d %d\n", days[when->tm_wday], months[when->tm_mon], when->tm_mday,
           when->tm_hour, when->tm_min, when->tm_sec, when->tm_year + 1900);
  return text;
}

char *ctime(const time_t *when) { return asctime(gmtime(when)); }

/* Week of the ISO 8601 year, which begins with the Monday next to 1 January. */
static int iso_week(const struct tm *when, int *year) {
  int weekday = (when->tm_wday + 6) % 7; /* since Monday */
  struct tm thursday = {.tm_year = when->tm_year, .tm_mon = when->tm_mon, .tm_mday = when->tm_mday + 3 - weekday};
  timegm(&thursday);
  *year = thursday.tm_year + 1900;
  return thursday.tm_yday / 7 + 1;
}

static int two_digits_of_year(int year) { return (year % 100 + 100) % 100; }

/* Text of one conversion; false for one that is not ours. */
static bool describe(char *text, size_t size, char conversion, const struct tm *when) {
  int hour12 = (when->tm_hour + 11) % 12 + 1, year = when->tm_year + 1900, iso_year;
#define TEXT(...) return snprintf(text, size, __VA_ARGS__), true
  switch (conversion) {
    case 'a': TEXT("%.3s", days[when->tm_wday]);
    case 'A': TEXT("%s", days[when->tm_wday]);
    case 'b':
    case 'h': TEXT("%.3s", months[when->tm_mon]);
    case 'B': TEXT("%s", months[when->tm_mon]);
    case 'c': return strftime(text, size, "%a %b %e %H:%M:%S %Y", when) > 0;
    case 'C': TEXT("%02d", year / 100);
    case 'd': TEXT("%02d", when->tm_mday);
    case 'D':
    case 'x': return strftime(text, size, "%m/%d/%y", when) > 0;
    case 'e': TEXT("%2d", when->tm_mday);
    case 'F': return strftime(text, size, "%Y-%m-%d", when) > 0;
    case 'g': iso_week(when, &iso_year); TEXT("%02d", two_digits_of_year(iso_year));
    case 'G': iso_week(when, &iso_year); TEXT("%d", iso_year);
    case 'H': TEXT("%02d", when->tm_hour);
    case 'I': TEXT("%02d", hour12);
    case 'j': TEXT("%03d", when->tm_yday + 1);
    case 'm': TEXT("%02d", when->tm_mon + 1);
    case 'M': TEXT("%02d", when->tm_min);
    case 'n': TEXT("\n");
    case 'p': TEXT("%s", when->tm_hour < 12 ? "AM" : "PM");
    case 'r': return strftime(text, size, "%I:%M:%S %p", when) > 0;
    case 'R': return strftime(text, size, "%H:%M", when) > 0;
    case 's': {
      struct tm copy = *when;
      TEXT("%ld", timegm(&copy));
    }
    case 'S': TEXT("%02d", when->tm_sec);
    case 't': TEXT("\t");
    case 'T':
    case 'X': return strftime(text, size, "%H:%M:%S", when) > 0;
    case 'u': TEXT("%d", (when->tm_wday + 6) % 7 + 1);
    case 'U': TEXT("%02d", (when->tm_yday + 7 - when->tm_wday) / 7);
    case 'V': TEXT("%02d", iso_week(when, &iso_year));
    case 'w': TEXT("%d", when->tm_wday);
    case 'W': TEXT("%02d", (when->tm_yday + 7 - (when->tm_wday + 6) % 7) / 7);
    case 'y': TEXT("%02d", two_digits_of_year(year));
    case 'Y': TEXT("%d", year);
    case 'z': TEXT("+0000");
    case 'Z': TEXT("GMT");
    case '%': TEXT("%%");
    default: return false;
  }
#undef TEXT
}

size_t strftime(char *restrict text, size_t capacity, const char *restrict format, const struct tm *restrict when) {
  size_t length = 0;
  for (; *format != 0; format++) {
    char part[64] = {*format, 0};
    if (*format == '%' && format[1] != 0) {
      format++;
      if ((*format == 'E' || *format == 'O') && format[1] != 0) format++;
      if (!describe(part, sizeof part, *format, when)) continue;
    }
    size_t count = strlen(part);
    if (count >= capacity - length) return 0;
    copy_up(text + length, part, count);
    length += count;
  }
  if (length >= capacity) return 0;
  text[length] = 0;
  return length;
}
