/* attr.h - compiler hints and array arithmetic.
 *
 * Layer:   base.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define PRINTF_LIKE(string, first) \
	__attribute__((__format__(__printf__, string, first)))
#define MUST_CHECK __attribute__((warn_unused_result))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
