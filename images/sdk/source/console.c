/*
 * The console: slots of its ring are filled in place, and sent at the end of a line or when they are full.
 */

static struct hallows_channel console;
static struct hallows_lock console_lock = {.number = CONSOLE_LOCK};
static bool line_by_line = true;
static char *line;       /* the reserved slot, or NULL */
static uint32_t written; /* bytes in it */

/* The device takes out all slots during this system call, so it always makes room, unless it refuses. */
static void ring_console(void) {
  if (hallows_notify(console.end) != HALLOWS_NO_ERROR) console.broken = true;
}

static void send_line(void) {
  if (line == NULL || written == 0) return;
  hallows_commit(&console, written);
  hallows_publish_quietly(&console);
  line = NULL;
  ring_console();
}

/* Under the lock. */
__attribute__((noinline)) static void put(char character) {
  if (line == NULL) {
    line = (char *)hallows_reserve(&console);
    if (line == NULL && !console.broken) {
      ring_console();
      line = (char *)hallows_reserve(&console);
    }
    if (line == NULL) return; /* nobody listens */
    written = 0;
  }
  line[written++] = character;
  if (written == console.slot_bytes || (character == '\n' && line_by_line)) send_line();
}

void hallows_flush(void) {
  hallows_take(&console_lock);
  send_line();
  hallows_give(&console_lock);
}

void hallows_line_buffered(bool on) { line_by_line = on; }
