/* A JSON tokenizer (RFC 8259) with nesting check: character classes, jump tables, error places. Exit code 24. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum token { END, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COLON, COMMA, STRING, NUMBER, TRUE, FALSE, NOTHING, WRONG };
static const char *const token_names[] = {"end", "{", "}", "[", "]", ":", ",", "string", "number", "true", "false", "null", "wrong"};

struct scanner {
  const char *at;
  const char *start; /* of the token */
  int line;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

static bool skip_digits(struct scanner *scanner) {
  if (!is_digit(*scanner->at)) return false;
  while (is_digit(*scanner->at)) scanner->at++;
  return true;
}

static enum token scan_number(struct scanner *scanner) {
  if (*scanner->at == '-') scanner->at++;
  if (*scanner->at == '0') scanner->at++;
  else if (!skip_digits(scanner)) return WRONG;
  if (*scanner->at == '.') {
    scanner->at++;
    if (!skip_digits(scanner)) return WRONG;
  }
  if (*scanner->at == 'e' || *scanner->at == 'E') {
    scanner->at++;
    if (*scanner->at == '+' || *scanner->at == '-') scanner->at++;
    if (!skip_digits(scanner)) return WRONG;
  }
  return is_digit(*scanner->at) ? WRONG : NUMBER;
}

static enum token scan_string(struct scanner *scanner) {
  for (scanner->at++;; scanner->at++) {
    switch (*scanner->at) {
      case '"':
        scanner->at++;
        return STRING;
      case '\\':
        scanner->at++;
        if (*scanner->at == 'u') {
          for (int i = 0; i < 4; i++) {
            if (!is_hex(*++scanner->at)) return WRONG;
          }
        } else if (*scanner->at == 0 || strchr("\"\\/bfnrt", *scanner->at) == NULL) {
          return WRONG;
        }
        break;
      default:
        if ((unsigned char)*scanner->at < 0x20) return WRONG;
    }
  }
}

static enum token scan_word(struct scanner *scanner, const char *word, enum token token) {
  size_t length = strlen(word);
  if (strncmp(scanner->at, word, length) != 0) return WRONG;
  scanner->at += length;
  return token;
}

static enum token next(struct scanner *scanner) {
  while (*scanner->at == ' ' || *scanner->at == '\t' || *scanner->at == '\r' || *scanner->at == '\n') {
    scanner->line += *scanner->at++ == '\n';
  }
  scanner->start = scanner->at;
  switch (*scanner->at) {
    case 0: return END;
    case '{': scanner->at++; return OPEN_OBJECT;
    case '}': scanner->at++; return CLOSE_OBJECT;
    case '[': scanner->at++; return OPEN_ARRAY;
    case ']': scanner->at++; return CLOSE_ARRAY;
    case ':': scanner->at++; return COLON;
    case ',': scanner->at++; return COMMA;
    case '"': return scan_string(scanner);
    case 't': return scan_word(scanner, "true", TRUE);
    case 'f': return scan_word(scanner, "false", FALSE);
    case 'n': return scan_word(scanner, "null", NOTHING);
    default: return *scanner->at == '-' || is_digit(*scanner->at) ? scan_number(scanner) : WRONG;
  }
}

static void tokenize(const char *text) {
  struct scanner scanner = {text, text, 1};
  char nesting[32];
  int depth = 0, deepest = 0, counts[WRONG + 1] = {0};
  unsigned digest = 0;
  for (;;) {
    enum token token = next(&scanner);
    counts[token]++;
    for (const char *c = scanner.start; c < scanner.at; c++) digest = digest * 31 + (unsigned char)*c;
    if (token == OPEN_OBJECT || token == OPEN_ARRAY) {
      if (depth == (int)sizeof nesting) token = WRONG;
      else nesting[depth++] = token == OPEN_OBJECT ? '}' : ']';
      if (depth > deepest) deepest = depth;
    }
    if (token == CLOSE_OBJECT || token == CLOSE_ARRAY) {
      if (depth == 0 || nesting[--depth] != *scanner.start) token = WRONG;
    }
    if (token == WRONG || (token == END && depth > 0)) {
      printf("line %d, byte %d: wrong at '%.8s'\n", scanner.line, (int)(scanner.start - text), scanner.start);
      return;
    }
    if (token == END) break;
  }
  printf("fine: %d lines, depth %d, digest %#x:", scanner.line, deepest, digest);
  for (int token = OPEN_OBJECT; token < WRONG; token++) {
    if (counts[token] > 0) printf(" %d %s", counts[token], token_names[token]);
  }
  printf("\n");
}

int main(void) {
  tokenize("{\n  \"name\": \"hallows\",\n  \"cores\": [0, 1, 2, 3],\n  \"share\": -12.5e-3,\n"
           "  \"quoted\": \"\\u00e9 \\\"x\\\" \\\\\",\n  \"nested\": {\"a\": [[], {}, [null, true, false]]}\n}\n");
  tokenize("[1, 2,\n 03]");
  tokenize("{\"open\": [1, 2}");
  tokenize("\"never closed");
  tokenize("[\"bad \\x escape\"]");
  tokenize("[tru]");
  tokenize("[[[[[[[[[[[[[[[[1e5]]]]]]]]]]]]]]]]");
  tokenize("");
  return 24;
}
