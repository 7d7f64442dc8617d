/* So that -isystem include alone finds it. */
#include "../hallows_ports.h"
