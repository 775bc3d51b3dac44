/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: the n-th allocation, or the n-th change of a file, fails. What is tested is the
 * program as it is, with all its libraries.
 *   SHIM_MALLOC=N            malloc, calloc, realloc and their kin give NULL
 *   SHIM_FILE=N SHIM_ERRNO=E write, fsync, rename, truncate, link, unlink, mkdir, creating open of
 *                            regular files fail with errno E
 *   SHIM_STAYS=1             and so do all that follow (a disk that stays full)
 *   SHIM_SIGN=N              libknot signs the n-th message (TSIG) not, for want of memory
 *   SHIM_COUNT=FILE          at exit, how many of each were counted
 *   SHIM_STACK=FILE          the functions under which the first allocation failed, innermost first */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

struct counter {
    atomic_long passed;
    long wanted; /* 0: none fails */
};

static struct counter memory, files, signatures;
static bool stays;
static int error_number = ENOSPC;
static int stack_file = -1;

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    /* Nobody has threads yet; what was allocated before main is not counted. Nor is what the
     * unwinder needs, which it allocates when it is first called. */
    const char *stack = getenv("SHIM_STACK");
    void *frame;
    if (stack && backtrace(&frame, 1) == 1)
        stack_file = (int)syscall(SYS_openat, AT_FDCWD, stack,
                                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    memory.wanted = number("SHIM_MALLOC");
    files.wanted = number("SHIM_FILE");
    signatures.wanted = number("SHIM_SIGN");
    stays = number("SHIM_STAYS") != 0;
    if (getenv("SHIM_ERRNO"))
        error_number = (int)number("SHIM_ERRNO");
    atomic_store(&memory.passed, 0);
    atomic_store(&files.passed, 0);
}

__attribute__((destructor)) static void end(void)
{
    char text[80];
    const char *path = getenv("SHIM_COUNT");
    if (!path)
        return;
    int size = snprintf(text, sizeof text, "%ld %ld\n", atomic_load(&memory.passed),
                        atomic_load(&files.passed));
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || syscall(SYS_write, fd, text, (size_t)size) != size)
        abort();
}

static bool is_time(struct counter *counter)
{
    long passed = atomic_fetch_add(&counter->passed, 1) + 1;
    return counter->wanted && (passed == counter->wanted || (stays && passed > counter->wanted));
}

static void write_stack(void)
{
    void *frames[32];
    int fd = stack_file;
    stack_file = -1;
    if (fd < 0)
        return;
    backtrace_symbols_fd(frames, backtrace(frames, 32), fd);
    syscall(SYS_close, fd);
}

static bool no_memory(void)
{
    if (!is_time(&memory))
        return false;
    write_stack();
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return no_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return no_memory() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return size && no_memory() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return no_memory() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
    void *made = no_memory() ? NULL : __libc_memalign(alignment, size);
    if (!made)
        return ENOMEM;
    *result = made;
    return 0;
}

static bool no_file(void)
{
    if (!is_time(&files))
        return false;
    errno = error_number;
    return true;
}

static bool no_write(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && no_file();
}

/* The next function of that name, which is libc's. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* As libknot declares it, but for the key's type, which is not looked at. */
int knot_tsig_sign(uint8_t *wire, size_t *size, size_t capacity, const uint8_t *request_mac,
                   size_t request_mac_size, uint8_t *mac, size_t *mac_size, const void *key,
                   uint16_t error, uint64_t time)
{
    if (is_time(&signatures))
        return -ENOMEM;
    return NEXT(knot_tsig_sign)(wire, size, capacity, request_mac, request_mac_size, mac, mac_size,
                                key, error, time);
}

ssize_t write(int fd, const void *data, size_t size)
{
    return no_write(fd) ? -1 : NEXT(write)(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    return no_write(fd) ? -1 : NEXT(pwrite64)(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return no_write(fd) ? -1 : NEXT(pwrite)(fd, data, size, at);
}

int fsync(int fd)
{
    return no_file() ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    return no_file() ? -1 : NEXT(fdatasync)(fd);
}

int ftruncate64(int fd, off64_t size)
{
    return no_file() ? -1 : NEXT(ftruncate64)(fd, size);
}

int ftruncate(int fd, off_t size)
{
    return no_file() ? -1 : NEXT(ftruncate)(fd, size);
}

int posix_fallocate(int fd, off_t at, off_t size)
{
    return no_file() ? error_number : NEXT(posix_fallocate)(fd, at, size);
}

int rename(const char *from, const char *to)
{
    return no_file() ? -1 : NEXT(rename)(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return no_file() ? -1 : NEXT(renameat)(from_dir, from, to_dir, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return no_file() ? -1 : NEXT(renameat2)(from_dir, from, to_dir, to, flags);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return no_file() ? -1 : NEXT(linkat)(from_dir, from, to_dir, to, flags);
}

int unlinkat(int dir, const char *name, int flags)
{
    return no_file() ? -1 : NEXT(unlinkat)(dir, name, flags);
}

int unlink(const char *name)
{
    return no_file() ? -1 : NEXT(unlink)(name);
}

int mkdirat(int dir, const char *name, mode_t mode)
{
    return no_file() ? -1 : NEXT(mkdirat)(dir, name, mode);
}

int mkdir(const char *name, mode_t mode)
{
    return no_file() ? -1 : NEXT(mkdir)(name, mode);
}

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = mode_of(flags, arguments);                                                   \
        va_end(arguments);                                                                         \
        return flags & O_CREAT && no_file() ? -1 : NEXT(name)(path, flags, mode);                  \
    }
#define OPENAT(name)                                                                               \
    int name(int dir, const char *path, int flags, ...)                                            \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = mode_of(flags, arguments);                                                   \
        va_end(arguments);                                                                         \
        return flags & O_CREAT && no_file() ? -1 : NEXT(name)(dir, path, flags, mode);             \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
