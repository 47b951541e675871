/* program.h - other programs.
 *
 * Layer:   io.
 */
#ifndef IO_PROGRAM_H
#define IO_PROGRAM_H

#include "base/fault.h"
#include "base/status.h"

/* Run a program to its end; it gets no input, what it says is dropped.
 * In:      argv  ends with NULL; argv[0] is looked for in PATH
 * Returns: STATUS_IO with the fault set: it cannot be started, or failed. */
enum status program_run(const char *const *argv, struct fault *fault);

#endif
