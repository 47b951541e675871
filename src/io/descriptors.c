#include "io/descriptors.h"

#include <sys/resource.h>

int32_t
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < DESCRIPTORS_WANTED) {
		limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED
		    ? limit.rlim_max
		    : DESCRIPTORS_WANTED;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	return descriptors_limit();
}

int32_t
descriptors_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur > DESCRIPTORS_WANTED)
		return DESCRIPTORS_WANTED;
	return (int32_t)limit.rlim_cur;
}
