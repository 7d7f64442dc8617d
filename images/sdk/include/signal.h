/*
 * Signals that a program sends to itself. Nothing else sends any: a fault goes to the partition's restart policy, and
 * there is no keyboard. A signal that nobody handles ends the partition with 128 + its number; SIGABRT does what abort
 * does.
 */
#ifndef HALLOWS_SIGNAL_H
#define HALLOWS_SIGNAL_H
#include "hallows_c.h"
HALLOWS_C_BEGIN

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int signal);
/* Returns the handler before; a handler stays installed when it is called, as under Linux. SIG_ERR for no signal. */
sighandler_t signal(int signal, sighandler_t handler);
int raise(int signal);

HALLOWS_C_END
#define SIG_DFL ((sighandler_t)0)
#define SIG_IGN ((sighandler_t)1)
#define SIG_ERR ((sighandler_t)-1)
#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define NSIG 65
#endif
