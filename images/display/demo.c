/*
 * demo.c: sixty frames a second. Bars bounce, a cross follows the mouse and leaves a mark where a button is pressed,
 * and what is typed stands in the middle; Escape ends it.
 */
#include <hallows.h>

enum { BARS = 3, MARKS = 16, LETTERS = 8, DOT = 3, FIELD = 4 * DOT };

static struct hallows_display screen;
static struct hallows_channel keys;

static const uint32_t bar_colours[BARS] = {0xe05050, 0x50b860, 0x4080e0};
static struct { uint32_t x, y, colour; } marks[MARKS];
static uint32_t mark_count;
static uint32_t pointer_x, pointer_y;
static bool has_pointer, is_over;
static char typed[LETTERS + 1];

/* Three dots wide and five high, a bit each, the top row first: A to Z, then 0 to 9. */
static const uint16_t font[36] = {
    0x2bed, 0x6bae, 0x3923, 0x6b6e, 0x79a7, 0x79a4, 0x396b, 0x5bed, 0x7497, 0x126a, 0x5bad, 0x4927,
    0x5fed, 0x6b6d, 0x2b6a, 0x6ba4, 0x2b7b, 0x6bad, 0x388e, 0x7492, 0x5b6f, 0x5b6a, 0x5bfd, 0x5aad,
    0x5a92, 0x72a7, 0x7b6f, 0x2c97, 0x62a7, 0x628e, 0x5bc9, 0x798e, 0x39ef, 0x7292, 0x7bef, 0x7bce,
};

static void fill(int32_t left, int32_t top, int32_t width, int32_t height, uint32_t colour) {
  for (int32_t y = top < 0 ? 0 : top; y < top + height && y < (int32_t)screen.height; y++)
    for (int32_t x = left < 0 ? 0 : left; x < left + width && x < (int32_t)screen.width; x++)
      screen.pixels[y * screen.width + x] = colour;
}

static void draw_letter(char letter, int32_t left, int32_t top, uint32_t colour) {
  int index = letter >= 'A' && letter <= 'Z' ? letter - 'A' : letter >= '0' && letter <= '9' ? letter - '0' + 26 : -1;
  if (index < 0) return fill(left, top + 4 * DOT, 3 * DOT, DOT, colour);
  for (int dot = 0; dot < 15; dot++)
    if (font[index] >> (14 - dot) & 1) fill(left + dot % 3 * DOT, top + dot / 3 * DOT, DOT, DOT, colour);
}

/* There and back again: 0, 1, ..., most, ..., 1, 0, ... */
static uint32_t bounce(uint64_t step, uint32_t most) {
  uint32_t phase = (uint32_t)(step % (2 * most));
  return phase < most ? phase : 2 * most - phase;
}

static void draw(uint64_t frame) {
  for (uint32_t y = 0; y < screen.height; y++) {
    uint32_t shade = 0x18 + y * 0x28 / screen.height;
    fill(0, (int32_t)y, (int32_t)screen.width, 1, shade << 16 | shade << 8 | (shade + 0x18));
  }
  for (uint32_t bar = 0; bar < BARS; bar++) {
    uint32_t height = screen.height / 12;
    fill(0, (int32_t)bounce(frame + 25 * bar, screen.height - height), (int32_t)screen.width, (int32_t)height, bar_colours[bar]);
  }
  for (uint32_t mark = 0; mark < MARKS && mark < mark_count; mark++)
    fill((int32_t)marks[mark].x - 2, (int32_t)marks[mark].y - 2, 5, 5, marks[mark].colour);
  int32_t length = (int32_t)strlen(typed), left = ((int32_t)screen.width - length * FIELD) / 2;
  for (int32_t at = 0; at < length; at++)
    draw_letter(typed[at], left + at * FIELD, ((int32_t)screen.height - 5 * DOT) / 2, 0xffffff);
  if (!has_pointer) return;
  fill((int32_t)pointer_x - 5, (int32_t)pointer_y, 11, 1, 0xffff60);
  fill((int32_t)pointer_x, (int32_t)pointer_y - 5, 1, 11, 0xffff60);
}

static void type(uint32_t code) {
  size_t length = strlen(typed);
  if (code == HALLOWS_KEY_ESCAPE) is_over = true;
  if (code == HALLOWS_KEY_BACKSPACE && length > 0) typed[length - 1] = 0;
  if (code < ' ' || code > '~') return;
  /* The first goes when there is no room for more. */
  if (length == LETTERS) memmove(typed, typed + 1, length--);
  typed[length] = (char)(code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code);
}

static void take(const struct hallows_input_event *event) {
  if (event->kind == HALLOWS_INPUT_KEY) type(event->code);
  if (event->kind != HALLOWS_INPUT_POINTER) return;
  has_pointer = true;
  pointer_x = event->x;
  pointer_y = event->y;
  if (event->buttons == 0) return;
  marks[mark_count % MARKS].x = event->x;
  marks[mark_count % MARKS].y = event->y;
  marks[mark_count++ % MARKS].colour = event->buttons & HALLOWS_BUTTON_LEFT ? 0xffffff : 0xffa030;
}

int main(void) {
  if (hallows_display_open(&screen, "screen") != HALLOWS_NO_ERROR) return 1;
  hallows_open(&keys, "keys");
  uint64_t frames = 0;
  for (; !is_over; frames++) {
    struct hallows_input_event event;
    while (hallows_next_input(&keys, &event, 0) == HALLOWS_NO_ERROR) take(&event);
    draw(frames);
    if (hallows_flip(&screen) != HALLOWS_NO_ERROR) return 1;
    if (frames == 0) printf("%u by %u pixels, %u times a second\n", screen.width, screen.height, screen.refresh);
  }
  printf("%lu frames in %lu vsyncs\n", frames, screen.vsync);
  return 0;
}
