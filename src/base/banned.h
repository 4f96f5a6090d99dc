/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that write past a buffer, keep hidden state or hide a parse error do not compile here.
 * Included last, by every header of base/.
 */
#ifndef HB_BANNED_H
#define HB_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison sprintf vsprintf strcpy strncpy strcat strncat strtok atoi atol atoll gets
#pragma GCC poison localtime gmtime ctime asctime

#endif
