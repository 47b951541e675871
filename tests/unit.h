/* unit.h - cmocka in the include order it insists on. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/attr.h"

/* A test reads as a sentence; one left out of main() does not compile. */
#define TEST(name) static void name(void **state __attribute__((unused)))

#endif
