// A JSON reader whose numbers are doubles: what it reads it writes again, shortest, and adds up. Exit code 47.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

const char document[] =
    "{\"name\": \"measurements\", \"unit\": 1e-6, \"rows\": [\n"
    " [0.1, 0.2, 0.3, 1e23, 9007199254740993, 5e-324, -0.0],\n"
    " [1.7976931348623157e308, 2.2250738585072014e-308, 2.2250738585072011e-308, 4.9406564584124654e-324],\n"
    " [3.141592653589793238462643383279502884, 2.718281828459045, 6.02214076e23, -1.602176634e-19],\n"
    " [123456789012345678901234567890, 0.000001, 1E+2, 12.5e-1, 7.0e0],\n"
    " [9007199254740992.5, 9007199254740993.5, 1.00000000000000011102230246251565, 1.00000000000000011102230246251566]\n"
    "], \"nested\": {\"empty\": [], \"none\": null, \"yes\": true, \"no\": false, \"text\": \"a \\\"b\\\" c\"}}";

class Reader {
 public:
  explicit Reader(const char *text) : at(text) {}

  bool read() {
    value();
    skip();
    return is_well && *at == 0;
  }

  int numbers = 0;
  double sum = 0, largest = 0;
  uint64_t digest = 0;

 private:
  void skip() {
    while (*at == ' ' || *at == '\n') at++;
  }

  bool take(char character) {
    skip();
    if (*at != character) return false;
    at++;
    return true;
  }

  void expect(char character) {
    if (!take(character)) is_well = false;
    else putchar(character);
  }

  void text() {
    const char *start = at++;
    for (; *at != '"' && *at != 0; at++) at += *at == '\\';
    if (*at == 0) is_well = false;
    else at++;
    printf("%.*s", (int)(at - start), start);
  }

  void number() {
    char *end;
    double number = strtod(at, &end);
    if (end == at) {
      is_well = false;
      return;
    }
    at = end;
    numbers++;
    if (number < 1e100) sum += number;
    if (number > largest) largest = number;
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    digest = digest * 31 + bits;
    // The fewest digits that are read as the same number.
    char buffer[32];
    for (int digits = 15; digits <= 17; digits++) {
      snprintf(buffer, sizeof buffer, "%.*g", digits, number);
      if (strtod(buffer, nullptr) == number) break;
    }
    printf("%s", buffer);
  }

  void word(const char *expected) {
    size_t length = strlen(expected);
    if (strncmp(at, expected, length) != 0) is_well = false;
    else at += length;
    printf("%s", expected);
  }

  void list(char open, char close, bool has_names) {
    expect(open);
    for (bool first = true; is_well && !take(close); first = false) {
      if (!first) expect(',');
      skip();
      if (has_names) {
        text();
        expect(':');
      }
      value();
    }
    putchar(close);
    if (close == ']') putchar('\n');
  }

  void value() {
    skip();
    switch (*at) {
      case '{': return list('{', '}', true);
      case '[': return list('[', ']', false);
      case '"': return text();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  const char *at;
  bool is_well = true;
};

}  // namespace

extern "C" int main() {
  Reader reader(document);
  bool is_well = reader.read();
  printf("\n%s: %d numbers, sum %.17g, largest %.17g, digest %016lx\n", is_well ? "fine" : "wrong", reader.numbers,
         reader.sum, reader.largest, reader.digest);
  return 47;
}
