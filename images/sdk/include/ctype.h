/* Classes of characters, of the locale "C": ASCII. */
#ifndef HALLOWS_CTYPE_H
#define HALLOWS_CTYPE_H
#include "hallows_c.h"
HALLOWS_C_BEGIN

int isalnum(int character);
int isalpha(int character);
int isblank(int character);
int iscntrl(int character);
int isdigit(int character);
int isgraph(int character);
int islower(int character);
int isprint(int character);
int ispunct(int character);
int isspace(int character);
int isupper(int character);
int isxdigit(int character);
int tolower(int character);
int toupper(int character);
int isascii(int character);
int toascii(int character);

HALLOWS_C_END
#endif
