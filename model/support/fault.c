/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting fault points, and dying at one. */
#include "support/fault.h"

typedef int rz_fault_unused; /* the file is never empty */

#ifdef RZ_FAULT_POINTS
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one variable outside of structs: points are passed where no context is at hand. */
static atomic_long passed;

static void log_point(const char *name)
{
    char line[80];
    const char *path = getenv("REZONE_FAULT_LOG");
    size_t size = strlen(name);
    if (!path || size + 1 > sizeof line)
        return;
    memcpy(line, name, size);
    line[size] = '\n';
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, size + 1) < 0)
        abort(); /* a test that counts on the log must not go on without */
    close(fd);
}

void rz_fault_point(const char *name)
{
    const char *wanted = getenv("REZONE_FAULT");
    log_point(name);
    const char *colon = wanted ? strchr(wanted, ':') : NULL;
    if (!colon)
        return;
    size_t size = (size_t)(colon - wanted);
    if (!(size == 1 && *wanted == '*') && (strlen(name) != size || memcmp(name, wanted, size) != 0))
        return;
    char *what;
    long number = atomic_fetch_add(&passed, 1) + 1, at = strtol(colon + 1, &what, 10);
    bool each = strcmp(what, ":each") == 0;
    if (number == at || (each && number > at))
        kill(getpid(), each || strcmp(what, ":stop") == 0 ? SIGSTOP : SIGKILL);
}
#endif
