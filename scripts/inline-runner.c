/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the tests of a Criterion program by plain fork, for ThreadSanitizer. Criterion's own runner
 * maps memory at addresses that ThreadSanitizer keeps for itself, so its programs do not start there.
 * Built as a shared object and preloaded, this stands in for Criterion's main and for what its
 * assertions call; the tests are read from the program's section `cr_tst`. */
#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAILED 1
#define SKIPPED 77

/* Of the process that runs one test. */
static const struct criterion_test *current;
static bool failed;

void criterion_internal_test_setup(void)
{
    if (current->data->init)
        current->data->init();
}

void criterion_internal_test_main(void (*body)(void))
{
    body();
}

void criterion_internal_test_teardown(void)
{
    if (current->data->fini)
        current->data->fini();
}

void cri_asserts_passed_incr(void)
{
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    if (!stats->passed)
        fprintf(stderr, "%s:%u: %s::%s: %s\n", stats->file, stats->line, current->category,
                current->name, stats->message);
}

void criterion_continue_test(void)
{
    failed = true;
}

void criterion_abort_test(void)
{
    fflush(NULL);
    exit(FAILED);
}

void criterion_skip_test(const char *format, ...)
{
    (void)format;
    exit(SKIPPED);
}

/* The first object that the loader names is the program. */
static int take_base(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    *(ElfW(Addr) *)base = info->dlpi_addr;
    return 1;
}

/* The program's tests, one pointer each; section headers are not loaded, so the file is asked. */
static struct criterion_test **find_tests(size_t *count)
{
    ElfW(Addr) base = 0;
    struct stat status;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    *count = 0;
    if (fd < 0 || fstat(fd, &status) != 0)
        return NULL;
    const unsigned char *image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (image == MAP_FAILED)
        return NULL;
    dl_iterate_phdr(take_base, &base);
    const ElfW(Ehdr) *header = (const void *)image;
    const ElfW(Shdr) *sections = (const void *)(image + header->e_shoff);
    const char *names = (const char *)image + sections[header->e_shstrndx].sh_offset;
    for (size_t i = 0; i < header->e_shnum; i++)
        if (strcmp(names + sections[i].sh_name, "cr_tst") == 0) {
            *count = sections[i].sh_size / sizeof(struct criterion_test *);
            return (struct criterion_test **)(base + sections[i].sh_addr);
        }
    return NULL;
}

/* What Criterion's report says: PASSED, FAILED, SKIPPED, ERRORED. */
static const char *run(const struct criterion_test *test)
{
    const struct criterion_test_extra_data *data = test->data;
    if (data->disabled || data->kind_ != CR_TEST_NORMAL)
        return "SKIPPED";
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        current = test;
        test->test();
        fflush(NULL);
        exit(failed ? FAILED : 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return "ERRORED";
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == data->signal ? "PASSED" : "ERRORED";
    if (WEXITSTATUS(status) == SKIPPED && data->exit_code != SKIPPED)
        return "SKIPPED";
    return WEXITSTATUS(status) == data->exit_code && data->signal == 0 ? "PASSED" : "FAILED";
}

static FILE *open_report(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--xml=", 6) == 0)
            return fopen(argv[i] + 6, "we");
    return fopen("/dev/null", "we");
}

int main(int argc, char **argv)
{
    size_t count, bad = 0;
    struct criterion_test **tests = find_tests(&count);
    FILE *report = open_report(argc, argv);
    if (!tests || !report) {
        fprintf(stderr, "inline-runner: %s\n", tests ? "cannot write the report" : "no tests");
        return 2;
    }
    fputs("<testsuites>\n", report);
    for (size_t i = 0; i < count; i++) {
        if (!tests[i]) /* padding of the section */
            continue;
        const char *outcome = run(tests[i]);
        bool good = strcmp(outcome, "PASSED") == 0 || strcmp(outcome, "SKIPPED") == 0;
        bad += !good;
        fprintf(stderr, "%-7s %s::%s\n", outcome, tests[i]->category, tests[i]->name);
        fprintf(report,
                "  <testsuite name=\"%s\"><testcase name=\"%s\" status=\"%s\"/></testsuite>\n",
                tests[i]->category, tests[i]->name, outcome);
    }
    fputs("</testsuites>\n", report);
    return fclose(report) != 0 || bad ? 1 : 0;
}
