/* Everything is in hallows.h. */
#include "../hallows.h"
