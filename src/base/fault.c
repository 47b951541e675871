#include "base/fault.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

void
fault_set(struct fault *fault, const char *format, ...)
{
	va_list args;

	if (fault_is_set(fault))
		return;
	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	text_trim(fault->text);
}

bool
fault_is_set(const struct fault *fault)
{
	return fault->text[0] != '\0';
}
