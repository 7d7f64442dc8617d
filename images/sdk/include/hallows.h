/* So that -isystem include alone finds it. */
#include "../hallows.h"
