/*
 * hallows_display.h: a picture on a device of kind "display", by a channel of calls. Included by hallows.h.
 *
 *   hallows_display_open(&screen, "screen");
 *   for (;;) {
 *     ... draw: screen.pixels[y * screen.width + x] = 0xrrggbb; ...
 *     hallows_flip(&screen);
 *   }
 *
 * The frame is the program's own, so nobody sees it half drawn, and it is as it was after a flip. A flip shows it from
 * the next vsync on, and waits for that.
 */
#ifndef HALLOWS_DISPLAY_H
#define HALLOWS_DISPLAY_H

struct hallows_display {
  struct hallows_call_end call;
  uint32_t width, height; /* pixels */
  uint32_t refresh;       /* vsyncs a second */
  uint32_t band_rows;     /* that one message carries */
  uint32_t *pixels;       /* the frame: row by row from the top left, 0x00rrggbb */
  uint64_t vsync;         /* number of the last vsync that was waited for, and its cycle */
  uint64_t vsync_at;
};

/*
 * HALLOWS_NO_ERROR; HALLOWS_NO_CHANNEL; HALLOWS_TOO_LONG: a slot has no room for a row, or a reply none for its
 * 32 bytes; HALLOWS_UNAVAILABLE: the heap has no room for the frame; HALLOWS_BROKEN.
 */
uint32_t hallows_display_open(struct hallows_display *display, const char *name);
/* HALLOWS_NO_ERROR or HALLOWS_BROKEN. */
uint32_t hallows_flip(struct hallows_display *display);
/* The same where only these rows have changed since the last flip. */
uint32_t hallows_flip_rows(struct hallows_display *display, uint32_t row, uint32_t rows);
/* Waits for the next vsync; what is shown stays. */
uint32_t hallows_wait_vsync(struct hallows_display *display);

#endif
