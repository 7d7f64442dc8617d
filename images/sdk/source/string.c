/*
 * Strings, and the classes of their characters.
 */

WEAK size_t strnlen(const char *text, size_t limit) {
  size_t length = 0;
  while (length < limit && text[length] != 0) {
    KEEP_LOOP();
    length++;
  }
  return length;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) {
    KEEP_LOOP();
    length++;
  }
  return length;
}

static int compare_text(const char *left, const char *right, size_t limit) {
  for (; limit > 0; limit--, left++, right++) {
    KEEP_LOOP();
    if (*left != *right || *left == 0) return (uint8_t)*left - (uint8_t)*right;
  }
  return 0;
}

int strncmp(const char *left, const char *right, size_t limit) { return compare_text(left, right, limit); }
int strcmp(const char *left, const char *right) { return compare_text(left, right, SIZE_MAX); }
int strcoll(const char *left, const char *right) { return compare_text(left, right, SIZE_MAX); }

static int compare_folded(const char *left, const char *right, size_t limit) {
  for (; limit > 0; limit--, left++, right++) {
    int a = tolower((uint8_t)*left), b = tolower((uint8_t)*right);
    if (a != b || a == 0) return a - b;
  }
  return 0;
}

WEAK int strncasecmp(const char *left, const char *right, size_t limit) { return compare_folded(left, right, limit); }
WEAK int strcasecmp(const char *left, const char *right) { return compare_folded(left, right, SIZE_MAX); }

/* ---- copies ------------------------------------------------------------------------------------------------------ */

/* Returns where the closing zero is. */
static char *copy_text(char *restrict to, const char *restrict from, size_t length) {
  copy_up(to, from, length);
  to[length] = 0;
  return to + length;
}

char *strcpy(char *restrict to, const char *restrict from) {
  copy_text(to, from, strlen(from));
  return to;
}

WEAK char *stpcpy(char *restrict to, const char *restrict from) { return copy_text(to, from, strlen(from)); }

WEAK char *stpncpy(char *restrict to, const char *restrict from, size_t limit) {
  size_t length = strnlen(from, limit);
  copy_up(to, from, length);
  memset(to + length, 0, limit - length);
  return to + length;
}

char *strncpy(char *restrict to, const char *restrict from, size_t limit) {
  stpncpy(to, from, limit);
  return to;
}

char *strcat(char *restrict to, const char *restrict from) {
  copy_text(to + strlen(to), from, strlen(from));
  return to;
}

char *strncat(char *restrict to, const char *restrict from, size_t limit) {
  copy_text(to + strlen(to), from, strnlen(from, limit));
  return to;
}

WEAK size_t strlcpy(char *restrict to, const char *restrict from, size_t capacity) {
  size_t length = strlen(from);
  if (capacity > 0) copy_text(to, from, length < capacity ? length : capacity - 1);
  return length;
}

WEAK size_t strlcat(char *restrict to, const char *restrict from, size_t capacity) {
  size_t length = strnlen(to, capacity);
  return length + strlcpy(to + length, from, capacity - length);
}

size_t strxfrm(char *restrict to, const char *restrict from, size_t limit) { return strlcpy(to, from, limit); }

static char *duplicate(const char *text, size_t length) {
  char *copy = (char *)malloc(length + 1);
  if (copy != NULL) copy_text(copy, text, length);
  return copy;
}

WEAK char *strdup(const char *text) { return duplicate(text, strlen(text)); }
WEAK char *strndup(const char *text, size_t limit) { return duplicate(text, strnlen(text, limit)); }

/* ---- searches ---------------------------------------------------------------------------------------------------- */

WEAK char *strchrnul(const char *text, int character) {
  for (; *text != 0 && *text != (char)character; text++) KEEP_LOOP();
  return (char *)text;
}

char *strchr(const char *text, int character) {
  const char *at = strchrnul(text, character);
  return *at == (char)character ? (char *)at : NULL;
}

char *strrchr(const char *text, int character) {
  const char *last = NULL;
  do {
    KEEP_LOOP();
    if (*text == (char)character) last = text;
  } while (*text++ != 0);
  return (char *)last;
}

WEAK char *index(const char *text, int character) { return strchr(text, character); }
WEAK char *rindex(const char *text, int character) { return strrchr(text, character); }

char *strstr(const char *text, const char *part) {
  size_t length = strlen(part);
  for (; strnlen(text, length) == length; text++) {
    if (strncmp(text, part, length) == 0) return (char *)text;
  }
  return NULL;
}

/* Length of the part of text whose characters are all in the set, or all not. */
static size_t span(const char *text, const char *characters, bool in_set) {
  uint64_t set[4] = {0};
  for (; *characters != 0; characters++) set[(uint8_t)*characters / 64] |= 1ull << ((uint8_t)*characters % 64);
  size_t length = 0;
  for (;; length++) {
    uint8_t character = (uint8_t)text[length];
    if (character == 0 || (set[character / 64] >> (character % 64) & 1) != in_set) return length;
  }
}

size_t strspn(const char *text, const char *accepted) { return span(text, accepted, true); }
size_t strcspn(const char *text, const char *refused) { return span(text, refused, false); }

char *strpbrk(const char *text, const char *wanted) {
  text += strcspn(text, wanted);
  return *text == 0 ? NULL : (char *)text;
}

WEAK char *strtok_r(char *restrict text, const char *restrict separators, char **restrict rest) {
  if (text == NULL) text = *rest;
  text += strspn(text, separators);
  char *end = text + strcspn(text, separators);
  *rest = *end == 0 ? end : end + 1;
  if (end == text) return NULL;
  *end = 0;
  return text;
}

char *strtok(char *restrict text, const char *restrict separators) {
  static char *rest = (char *)"";
  return strtok_r(text, separators, &rest);
}

WEAK char *strsep(char **text, const char *separators) {
  char *word = *text;
  if (word == NULL) return NULL;
  char *end = word + strcspn(word, separators);
  *text = *end == 0 ? NULL : end + 1;
  *end = 0;
  return word;
}

/* ---- characters -------------------------------------------------------------------------------------------------- */

static bool is_between(int character, int least, int most) { return (unsigned)(character - least) <= (unsigned)(most - least); }

int isdigit(int character) { return is_between(character, '0', '9'); }
int islower(int character) { return is_between(character, 'a', 'z'); }
int isupper(int character) { return is_between(character, 'A', 'Z'); }
int isalpha(int character) { return is_between(character | 32, 'a', 'z'); }
int isalnum(int character) { return isalpha(character) || isdigit(character); }
int isxdigit(int character) { return isdigit(character) || is_between(character | 32, 'a', 'f'); }
int isblank(int character) { return character == ' ' || character == '\t'; }
int isspace(int character) { return character == ' ' || is_between(character, '\t', '\r'); }
int iscntrl(int character) { return is_between(character, 0, 31) || character == 127; }
int isprint(int character) { return is_between(character, 32, 126); }
int isgraph(int character) { return is_between(character, 33, 126); }
int ispunct(int character) { return isgraph(character) && !isalnum(character); }
int tolower(int character) { return isupper(character) ? character + 32 : character; }
int toupper(int character) { return islower(character) ? character - 32 : character; }
WEAK int isascii(int character) { return is_between(character, 0, 127); }
WEAK int toascii(int character) { return character & 127; }
