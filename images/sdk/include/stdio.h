/*
 * Text. stdout and stderr are the partition's console; stdin is what comes over a channel from "console", or at its end
 * where there is none. There are no files: fopen returns NULL.
 *
 * stdout goes out a line at a time, and what has not ended its line at the program's end, with fflush or hallows_flush;
 * stderr at the end of each call. A line that doesn't fit a slot of the console (256 bytes) is continued in the next.
 *
 * Conversions: d i u x X o c s p n %, lengths hh h l ll z t j, flags - 0 + space #, width, precision, and * for both.
 * With SSE also f F e E g G a A, of any precision and correctly rounded; L before them is for a long double of 64 bits.
 */
#ifndef HALLOWS_STDIO_H
#define HALLOWS_STDIO_H
#include <stdarg.h>

#include "hallows_c.h"
HALLOWS_C_BEGIN

#define EOF (-1)
#define BUFSIZ 256
#define FILENAME_MAX 4096
#define FOPEN_MAX 3
#define L_tmpnam 20
#define TMP_MAX 1
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

typedef struct hallows_stream FILE;
typedef long fpos_t;
extern FILE *const hallows_streams[3];
#define stdin (hallows_streams[0])
#define stdout (hallows_streams[1])
#define stderr (hallows_streams[2])

#define HALLOWS_FORMAT(which, first) __attribute__((__format__(__printf__, which, first)))
int printf(const char *HALLOWS_RESTRICT format, ...) HALLOWS_FORMAT(1, 2);
int vprintf(const char *HALLOWS_RESTRICT format, va_list arguments) HALLOWS_FORMAT(1, 0);
int fprintf(FILE *HALLOWS_RESTRICT stream, const char *HALLOWS_RESTRICT format, ...) HALLOWS_FORMAT(2, 3);
int vfprintf(FILE *HALLOWS_RESTRICT stream, const char *HALLOWS_RESTRICT format, va_list arguments) HALLOWS_FORMAT(2, 0);
int sprintf(char *HALLOWS_RESTRICT buffer, const char *HALLOWS_RESTRICT format, ...) HALLOWS_FORMAT(2, 3);
int vsprintf(char *HALLOWS_RESTRICT buffer, const char *HALLOWS_RESTRICT format, va_list arguments) HALLOWS_FORMAT(2, 0);
int snprintf(char *HALLOWS_RESTRICT buffer, size_t capacity, const char *HALLOWS_RESTRICT format, ...) HALLOWS_FORMAT(3, 4);
int vsnprintf(char *HALLOWS_RESTRICT buffer, size_t capacity, const char *HALLOWS_RESTRICT format, va_list arguments)
    HALLOWS_FORMAT(3, 0);
/* The text in memory of its own, which is for `free`. */
int asprintf(char **HALLOWS_RESTRICT result, const char *HALLOWS_RESTRICT format, ...) HALLOWS_FORMAT(2, 3);
int vasprintf(char **HALLOWS_RESTRICT result, const char *HALLOWS_RESTRICT format, va_list arguments) HALLOWS_FORMAT(2, 0);
#undef HALLOWS_FORMAT

/* Reads numbers and words from text: d i u x X o c s [ p n %, widths, *, the same lengths; with SSE also a e f g. */
int sscanf(const char *HALLOWS_RESTRICT text, const char *HALLOWS_RESTRICT format, ...) __attribute__((__format__(__scanf__, 2, 3)));
int vsscanf(const char *HALLOWS_RESTRICT text, const char *HALLOWS_RESTRICT format, va_list arguments)
    __attribute__((__format__(__scanf__, 2, 0)));

int puts(const char *text);
int putchar(int character);
int putc(int character, FILE *stream);
int fputc(int character, FILE *stream);
int fputs(const char *HALLOWS_RESTRICT text, FILE *HALLOWS_RESTRICT stream);
size_t fwrite(const void *HALLOWS_RESTRICT data, size_t size, size_t count, FILE *HALLOWS_RESTRICT stream);
/* The message of errno, after `text`, to stderr. */
void perror(const char *text);
int fflush(FILE *stream);
int setvbuf(FILE *HALLOWS_RESTRICT stream, char *HALLOWS_RESTRICT buffer, int mode, size_t size);
void setbuf(FILE *HALLOWS_RESTRICT stream, char *HALLOWS_RESTRICT buffer);

int getchar(void);
int getc(FILE *stream);
int fgetc(FILE *stream);
char *fgets(char *HALLOWS_RESTRICT text, int capacity, FILE *HALLOWS_RESTRICT stream);
int ungetc(int character, FILE *stream);
size_t fread(void *HALLOWS_RESTRICT data, size_t size, size_t count, FILE *HALLOWS_RESTRICT stream);
int feof(FILE *stream);
int ferror(FILE *stream);
void clearerr(FILE *stream);

/* There are no files: NULL or -1, and errno says ENOENT, or ESPIPE where a console would be moved in. */
FILE *fopen(const char *HALLOWS_RESTRICT name, const char *HALLOWS_RESTRICT mode);
FILE *freopen(const char *HALLOWS_RESTRICT name, const char *HALLOWS_RESTRICT mode, FILE *HALLOWS_RESTRICT stream);
FILE *tmpfile(void);
char *tmpnam(char *name);
int fclose(FILE *stream);
int fseek(FILE *stream, long offset, int from);
long ftell(FILE *stream);
void rewind(FILE *stream);
int remove(const char *name);
int rename(const char *from, const char *to);
int fileno(FILE *stream);

HALLOWS_C_END
#endif
