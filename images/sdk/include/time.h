/*
 * Time. There is no calendar in the machine, whose runs repeat: time 0, the first of January 1970, is when the system
 * was booted, and UTC is the only time zone. clock() is the same clock in microseconds: a partition does not know what
 * others took of its core.
 */
#ifndef HALLOWS_TIME_H
#define HALLOWS_TIME_H
#include "hallows_c.h"
HALLOWS_C_BEGIN

typedef long time_t;
typedef long clock_t;
typedef int clockid_t;
struct timespec {
  time_t tv_sec;
  long tv_nsec;
};
struct tm {
  int tm_sec, tm_min, tm_hour;
  int tm_mday, tm_mon, tm_year; /* from 1, from 0, since 1900 */
  int tm_wday, tm_yday;         /* since Sunday, since the first of January */
  int tm_isdst;
};

#define CLOCKS_PER_SEC 1000000L
#define TIME_UTC 1
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2

time_t time(time_t *result);
clock_t clock(void);
int timespec_get(struct timespec *result, int base);
int clock_gettime(clockid_t clock, struct timespec *result);
/* Lets go of the core so long. Never interrupted. */
int nanosleep(const struct timespec *length, struct timespec *left);
/* The difference as a whole number in a double: SSE only. */
#ifdef __SSE2__
double difftime(time_t late, time_t early);
#endif
time_t mktime(struct tm *local);
time_t timegm(struct tm *utc);
struct tm *gmtime(const time_t *when);
struct tm *localtime(const time_t *when);
struct tm *gmtime_r(const time_t *HALLOWS_RESTRICT when, struct tm *HALLOWS_RESTRICT result);
struct tm *localtime_r(const time_t *HALLOWS_RESTRICT when, struct tm *HALLOWS_RESTRICT result);
char *asctime(const struct tm *when);
char *ctime(const time_t *when);
size_t strftime(char *HALLOWS_RESTRICT text, size_t capacity, const char *HALLOWS_RESTRICT format,
                const struct tm *HALLOWS_RESTRICT when);

HALLOWS_C_END
#endif
