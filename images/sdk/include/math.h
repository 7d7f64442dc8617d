/* The functions are in hallows_math.h. */
#include "../hallows_math.h"
