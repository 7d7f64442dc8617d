/*
 * Start and end: constructors before anything else, main or a thread's function, atexit's functions after main.
 */

/* The linker's: functions that the compiler wants called first (.init_array), and last. */
typedef void (*hook)(void);
extern const hook __init_array_start[] __attribute__((weak, visibility("hidden")));
extern const hook __init_array_end[] __attribute__((weak, visibility("hidden")));
extern const hook __fini_array_start[] __attribute__((weak, visibility("hidden")));
extern const hook __fini_array_end[] __attribute__((weak, visibility("hidden")));

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* What atexit was given, or a C++ compiler's __cxa_atexit; the last one is called first. */
struct farewell {
  void (*function)(void *argument);
  void *argument;
  struct farewell *before;
};
static struct farewell *last_farewell;
static struct hallows_lock farewell_lock = {.number = FAREWELL_LOCK};

/* The first 32 that C asks for, without the heap. */
static struct farewell farewells[32];
static size_t farewell_count;

static int add_farewell(void (*function)(void *), void *argument) {
  hallows_take(&farewell_lock);
  bool has_room = farewell_count < sizeof farewells / sizeof *farewells;
  struct farewell *farewell = has_room ? &farewells[farewell_count++] : (struct farewell *)malloc(sizeof *farewell);
  if (farewell != NULL) {
    *farewell = (struct farewell){function, argument, last_farewell};
    last_farewell = farewell;
  }
  hallows_give(&farewell_lock);
  return farewell == NULL ? -1 : 0;
}

/* A caller that hands over an argument to a function of none does no harm on x86-64. */
int atexit(void (*function)(void)) { return add_farewell((void (*)(void *))(uintptr_t)function, NULL); }
int at_quick_exit(void (*function)(void)) { return (void)function, 0; }

WEAK void *__dso_handle;
WEAK int __cxa_atexit(void (*function)(void *), void *argument, void *library) {
  (void)library;
  return add_farewell(function, argument);
}

HALLOWS_NORETURN void _Exit(int code) {
  hallows_call(HALLOWS_CALL_EXIT, (uint64_t)(int64_t)code, HALLOWS_EXIT_PARTITION, 0);
  for (;;) __asm__ volatile("ud2"); /* not reached */
}

HALLOWS_NORETURN void quick_exit(int code) { _Exit(code); }

HALLOWS_NORETURN void exit(int code) {
  while (last_farewell != NULL) {
    struct farewell *farewell = last_farewell;
    last_farewell = farewell->before;
    farewell->function(farewell->argument);
  }
  for (size_t index = (size_t)(__fini_array_end - __fini_array_start); index-- > 0;) __fini_array_start[index]();
  hallows_flush();
  _Exit(code);
}

/* ---- what this program is built for ------------------------------------------------------------------------------ */

/* An ELF note: a program without it, or of another version, is refused before it runs. */
struct abi_note {
  uint32_t name_bytes, content_bytes, type;
  char name[sizeof HALLOWS_ABI_NOTE_NAME];
  uint32_t version;
};
__attribute__((used, section(".note.hallows"), aligned(4))) static const struct abi_note abi_note = {
    sizeof HALLOWS_ABI_NOTE_NAME, 4, HALLOWS_ABI_NOTE_TYPE, HALLOWS_ABI_NOTE_NAME, HALLOWS_ABI_VERSION};

/* ---- the start --------------------------------------------------------------------------------------------------- */

static struct hallows_lock start_lock = {.number = START_LOCK};
static bool has_started;

/* Once, by the first thread that gets here; the others wait for it. */
static void start_program(void) {
  hallows_take(&start_lock);
  if (!has_started) {
    open_link(&console, 0, 0);
    size_t count = (size_t)(__init_array_end - __init_array_start);
    for (size_t index = 0; index < count; index++) __init_array_start[index]();
    has_started = true;
  }
  hallows_give(&start_lock);
}

/* A program whose threads all have entry functions needs no main. */
extern int main(int, char **) __attribute__((weak));

/*
 * The ELF entry point of every thread. The kernel's three registers are the first three arguments of C, and the stack
 * is as after a call, so no assembly is needed. A thread's function returns the thread's exit code, main the
 * partition's.
 */
__attribute__((used)) HALLOWS_NORETURN void _start(const struct hallows_boot_info *boot, uint64_t thread,
                                                   int (*entry)(uint64_t thread)) {
  if (boot->magic != HALLOWS_BOOT_INFO_MAGIC || boot->abi_version != HALLOWS_ABI_VERSION) _Exit(125);
  start_program();
  hallows_mode(HALLOWS_MODE_SET, HALLOWS_PARTITION_MODE_NORMAL);
  if (entry != NULL) {
    int code = entry(thread);
    hallows_flush();
    hallows_exit_thread(code);
  }
  char *arguments[] = {(char *)boot->name, NULL};
  exit(main(1, arguments));
}
