/*
 * <stdio.h> but for conversions: two streams that write to the console, one that reads from it, and no files.
 */

/* The next character that was typed, or EOF: input.c. */
static int read_input(void);

struct hallows_stream {
  bool writes;
  bool sends_at_once; /* at the end of each call */
  bool has_ended, has_failed;
  int pushed_back; /* by ungetc, or EOF */
};
static FILE input = {.pushed_back = EOF};
static FILE output = {.writes = true, .pushed_back = EOF};
static FILE errors = {.writes = true, .sends_at_once = true, .pushed_back = EOF};
FILE *const hallows_streams[3] = {&input, &output, &errors};

static bool begin_output(FILE *stream) {
  if (!stream->writes) {
    stream->has_failed = true;
    errno = EBADF;
    return false;
  }
  hallows_take(&console_lock);
  return true;
}

static void end_output(const FILE *stream) {
  if (stream->sends_at_once) send_line();
  hallows_give(&console_lock);
}

size_t fwrite(const void *restrict data, size_t size, size_t count, FILE *restrict stream) {
  if (size == 0 || count == 0 || !begin_output(stream)) return 0;
  const char *at = (const char *)data;
  for (size_t left = size * count; left > 0; left--) put(*at++);
  end_output(stream);
  return count;
}

int fputc(int character, FILE *stream) {
  if (!begin_output(stream)) return EOF;
  put((char)character);
  end_output(stream);
  return (unsigned char)character;
}

int putc(int character, FILE *stream) { return fputc(character, stream); }
int putchar(int character) { return fputc(character, &output); }

static int put_text(const char *text, bool ends_line, FILE *stream) {
  if (!begin_output(stream)) return EOF;
  while (*text != 0) put(*text++);
  if (ends_line) put('\n');
  end_output(stream);
  return 0;
}

int fputs(const char *restrict text, FILE *restrict stream) { return put_text(text, false, stream); }
int puts(const char *text) { return put_text(text, true, &output); }

int fflush(FILE *stream) {
  if (stream == NULL || stream->writes) hallows_flush();
  return 0;
}

int setvbuf(FILE *restrict stream, char *restrict buffer, int mode, size_t size) {
  (void)buffer, (void)size;
  if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF) return -1;
  stream->sends_at_once = mode == _IONBF;
  if (stream == &output) line_by_line = mode != _IOFBF;
  return 0;
}

void setbuf(FILE *restrict stream, char *restrict buffer) {
  setvbuf(stream, buffer, buffer == NULL ? _IONBF : _IOFBF, BUFSIZ);
}

/* ---- reading: what was pushed back, then what is typed ----------------------------------------------------------- */

int fgetc(FILE *stream) {
  int character = stream->pushed_back;
  stream->pushed_back = EOF;
  if (character == EOF && stream == &input && !stream->has_ended) character = read_input();
  if (character == EOF) stream->has_ended = true;
  return character;
}

int getc(FILE *stream) { return fgetc(stream); }
int getchar(void) { return fgetc(&input); }

int ungetc(int character, FILE *stream) {
  if (character == EOF || stream->pushed_back != EOF) return EOF;
  stream->has_ended = false;
  return stream->pushed_back = (unsigned char)character;
}

char *fgets(char *restrict text, int capacity, FILE *restrict stream) {
  int count = 0;
  while (count < capacity - 1) {
    int character = fgetc(stream);
    if (character == EOF) break;
    text[count++] = (char)character;
    if (character == '\n') break;
  }
  if (count == 0) return NULL;
  text[count] = 0;
  return text;
}

size_t fread(void *restrict data, size_t size, size_t count, FILE *restrict stream) {
  char *at = (char *)data;
  if (size == 0) return 0;
  for (size_t left = size * count; left > 0; left--) {
    int character = fgetc(stream);
    if (character == EOF) break;
    *at++ = (char)character;
  }
  return (size_t)(at - (char *)data) / size;
}

int feof(FILE *stream) { return stream->has_ended; }
int ferror(FILE *stream) { return stream->has_failed; }
void clearerr(FILE *stream) { stream->has_ended = stream->has_failed = false; }

/* ---- files, of which there are none ------------------------------------------------------------------------------ */

static int refuse(int error) {
  errno = error;
  return -1;
}

FILE *fopen(const char *restrict name, const char *restrict mode) {
  (void)name, (void)mode;
  errno = ENOENT;
  return NULL;
}

FILE *freopen(const char *restrict name, const char *restrict mode, FILE *restrict stream) {
  (void)mode;
  if (name == NULL) return stream;
  errno = ENOENT;
  return NULL;
}

FILE *tmpfile(void) { return fopen("", "w+"); }
char *tmpnam(char *name) { return (void)name, (char *)NULL; }
int fclose(FILE *stream) { return fflush(stream); }
int fseek(FILE *stream, long offset, int from) { return (void)stream, (void)offset, (void)from, refuse(ESPIPE); }
long ftell(FILE *stream) { return (void)stream, refuse(ESPIPE); }
void rewind(FILE *stream) { clearerr(stream); }
int remove(const char *name) { return (void)name, refuse(ENOENT); }
int rename(const char *from, const char *to) { return (void)from, (void)to, refuse(ENOENT); }
int fileno(FILE *stream) { return stream == &input ? 0 : stream == &output ? 1 : 2; }
