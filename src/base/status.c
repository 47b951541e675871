#include "base/status.h"

const char *
status_str(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return "ok";
	case STATUS_BAD_INPUT:
		return "bad input";
	case STATUS_TOO_LARGE:
		return "too large";
	case STATUS_NO_MEMORY:
		return "out of memory";
	case STATUS_IO:
		return "input or output failed";
	}
	return "unknown status";
}
