/* The same work on numbers of the usual size: what denormal.c is compared with. */
#define SCALE 1.0
#include "smooth.h"
