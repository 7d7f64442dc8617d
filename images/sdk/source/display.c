/*
 * Displays: the frame goes over in bands of rows, as many as a message carries.
 */

static uint32_t ask_display(struct hallows_display *display, uint32_t operation, uint32_t row, uint32_t rows) {
  struct hallows_channel *ring = &display->call.requests;
  struct hallows_channel *const channels[] = {ring};
  struct hallows_call_head *head;
  while ((head = (struct hallows_call_head *)hallows_reserve(ring)) == NULL) {
    if (ring->broken) return HALLOWS_BROKEN;
    hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
  }
  head->tag = operation;
  head->generation = ring->generation;
  struct hallows_display_request *request = (struct hallows_display_request *)(head + 1);
  request->operation = operation;
  request->row = row;
  request->rows = rows;
  size_t bytes = (size_t)rows * display->width * sizeof *display->pixels;
  if (bytes > 0) memcpy(request + 1, display->pixels + (size_t)row * display->width, bytes);
  hallows_commit(ring, (uint32_t)(sizeof *request + bytes));
  return HALLOWS_NO_ERROR;
}

/* Shows what was asked, and waits for the reply. */
static uint32_t await_display(struct hallows_display *display) {
  struct hallows_channel *ring = &display->call.replies;
  struct hallows_channel *const channels[] = {ring};
  const struct hallows_call_head *head;
  uint32_t length;
  hallows_publish(&display->call.requests);
  while ((head = (const struct hallows_call_head *)hallows_peek(ring, &length)) == NULL) {
    if (ring->broken || display->call.requests.broken) return HALLOWS_BROKEN;
    hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
  }
  const struct hallows_display_reply *reply = (const struct hallows_display_reply *)(head + 1);
  display->width = reply->width;
  display->height = reply->height;
  display->refresh = reply->refresh;
  display->vsync = reply->vsync;
  display->vsync_at = reply->vsync_at;
  uint32_t status = reply->status;
  hallows_release(ring);
  hallows_publish(ring);
  return status;
}

uint32_t hallows_display_open(struct hallows_display *display, const char *name) {
  memset(display, 0, sizeof *display);
  uint32_t status = hallows_open_call(&display->call, name);
  if (status != HALLOWS_NO_ERROR) return status;
  if (display->call.replies.slot_bytes < sizeof(struct hallows_display_reply)) return HALLOWS_TOO_LONG;
  status = ask_display(display, HALLOWS_DISPLAY_DESCRIBE, 0, 0);
  if (status == HALLOWS_NO_ERROR) status = await_display(display);
  if (status != HALLOWS_NO_ERROR) return status;
  uint32_t row_bytes = display->width * (uint32_t)sizeof *display->pixels;
  uint32_t room = display->call.requests.slot_bytes;
  if (room < row_bytes + sizeof(struct hallows_display_request)) return HALLOWS_TOO_LONG;
  display->band_rows = (room - (uint32_t)sizeof(struct hallows_display_request)) / row_bytes;
  display->pixels = (uint32_t *)calloc(display->height, row_bytes);
  return display->pixels == NULL ? HALLOWS_UNAVAILABLE : HALLOWS_NO_ERROR;
}

uint32_t hallows_flip_rows(struct hallows_display *display, uint32_t row, uint32_t rows) {
  for (uint32_t end = row + rows; row < end;) {
    uint32_t band = end - row < display->band_rows ? end - row : display->band_rows;
    uint32_t status = ask_display(display, HALLOWS_DISPLAY_DRAW, row, band);
    if (status != HALLOWS_NO_ERROR) return status;
    row += band;
  }
  uint32_t status = ask_display(display, HALLOWS_DISPLAY_FLIP, 0, 0);
  return status == HALLOWS_NO_ERROR ? await_display(display) : status;
}

uint32_t hallows_flip(struct hallows_display *display) { return hallows_flip_rows(display, 0, display->height); }

uint32_t hallows_wait_vsync(struct hallows_display *display) {
  uint32_t status = ask_display(display, HALLOWS_DISPLAY_WAIT, 0, 0);
  return status == HALLOWS_NO_ERROR ? await_display(display) : status;
}
