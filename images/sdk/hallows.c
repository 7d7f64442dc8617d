/*
 * The part of the SDK that is compiled once with each program, in one piece: start-up, the C library, the waiting side
 * of rings. Contract of every function: hallows.h and include/. Lays no claim to speed: loops are short and plain,
 * because each of their instructions is emulated.
 *
 * One translation unit of several files, so that a program needs to name only this one; each builds on those before it.
 */
#include "hallows.h"

#include "hallows_float.h"
#include "include/ctype.h"
#include "include/errno.h"
#include "include/inttypes.h"
#include "include/limits.h"
#include "include/locale.h"
#include "include/setjmp.h"
#include "include/signal.h"
#include "include/strings.h"
#include "include/time.h"

#include "source/lock.c"
#include "source/memory.c"
#include "source/string.c"
#include "source/channel.c"
#include "source/queue.c"
#include "source/broadcast.c"
#include "source/sampling.c"
#include "source/call.c"
#include "source/entropy.c"
#include "source/console.c"
#include "source/stream.c"
#include "source/format.c"
#include "source/error.c"
#include "source/number.c"
#include "source/scan.c"
#include "source/heap.c"
#include "source/sort.c"
#include "source/clock.c"
#include "source/jump.c"
#include "source/signal.c"
#include "source/start.c"
#include "source/bytes.c"
#include "source/store.c"
#include "source/input.c"
#include "source/net.c"
#include "source/display.c"
#include "source/pool.c"
#include "source/date.c"
#include "source/ports.c"
