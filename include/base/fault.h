/* fault.h - what is wrong with an input, in words for the person who sent it.
 *
 * Layer:   base.
 * The first fault sticks: a parser checks everything it wants and asks
 * fault_is_set() once at its end.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/attr.h"

#include <stdbool.h>

#define FAULT_MAX 256 /* bytes with the NUL; a longer text is cut */

struct fault {
	char text[FAULT_MAX]; /* "" = none; zero-initialise before use */
};

void fault_set(struct fault *fault, const char *format, ...) PRINTF_LIKE(2, 3);
bool fault_is_set(const struct fault *fault);

#endif
