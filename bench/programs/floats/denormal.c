/* Arithmetic whose operands and results are all denormal. Not in any mean: it states what they cost. */
#define SCALE 0x1p-1030
#include "smooth.h"
