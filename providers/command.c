/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running commands. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "secret.h"
#include "support/alloc.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define STEP_MS 20   /* between looks whether the process has ended */
#define READS_MAX 64 /* between looks at the clock, however much it writes */

void rz_command_add(struct rz_command *command, const char *word)
{
    command->words = rz_realloc(command->words, (command->count + 2) * sizeof *command->words);
    command->words[command->count++] = rz_strdup(word);
    command->words[command->count] = NULL;
}

void rz_command_free(struct rz_command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
    free(command->words);
    *command = (struct rz_command){0};
}

enum rz_status rz_command_split(struct rz_command *command, const char *text, const char **why)
{
    RZ_BUFFER_CLEANUP struct rz_buffer word = {0};
    char quote = '\0';
    bool in_word = false;
    for (; *text; text++) {
        if (!quote && strchr(" \t\r\n", *text)) {
            if (in_word)
                rz_command_add(command, rz_buffer_view(&word).data);
            in_word = false;
            rz_buffer_reset(&word);
            continue;
        }
        in_word = true;
        if (quote ? *text == quote : *text == '"' || *text == '\'')
            quote = quote ? '\0' : *text;
        else if (*text == '\\' && quote != '\'' && text[1])
            rz_buffer_char(&word, *++text);
        else
            rz_buffer_char(&word, *text);
    }
    if (in_word)
        rz_command_add(command, rz_buffer_view(&word).data);
    *why = quote ? "a quote is not closed" : "the command is empty";
    return quote || !command->count ? RZ_INVALID : RZ_OK;
}

static void expand(struct rz_buffer *out, const char *word,
                   const struct rz_command_variable *variables)
{
    while (*word) {
        const struct rz_command_variable *v = variables;
        size_t size = 0;
        for (; word[0] == '$' && word[1] == '{' && v->name; v++) {
            size = strlen(v->name);
            if (strncmp(word + 2, v->name, size) == 0 && word[2 + size] == '}')
                break;
        }
        if (word[0] == '$' && word[1] == '{' && v->name) {
            rz_buffer_text(out, v->value);
            word += size + 3;
        } else {
            rz_buffer_char(out, *word++);
        }
    }
}

static struct rz_command expand_all(const struct rz_command *command,
                                    const struct rz_command_variable *variables)
{
    struct rz_command expanded = {0};
    for (size_t i = 0; i < command->count; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer word = {0};
        expand(&word, command->words[i], variables);
        rz_command_add(&expanded, rz_buffer_view(&word).data);
    }
    return expanded;
}

void rz_command_line(struct rz_buffer *out, const struct rz_command *command,
                     const struct rz_command_variable *variables)
{
    struct rz_command expanded = expand_all(command, variables);
    for (size_t i = 0; i < expanded.count; i++) {
        bool plain = *expanded.words[i] && !strpbrk(expanded.words[i], " \t\n'\"\\");
        rz_buffer_printf(out, plain ? "%s%s" : "%s'%s'", i ? " " : "", expanded.words[i]);
    }
    rz_command_free(&expanded);
}

/* 0 or an error number. */
static int spawn(pid_t *pid, char *const *words, int directory, int input, int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (input >= 0)
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addfchdir_np(&actions, directory);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
                                              | POSIX_SPAWN_SETSIGDEF);
    const char *path = getenv("PATH");
    RZ_BUFFER_CLEANUP struct rz_buffer variable = {0};
    rz_buffer_printf(&variable, "PATH=%s", path && *path ? path : DEFAULT_PATH);
    char *environment[] = {variable.data, NULL};
    int error = posix_spawnp(pid, words[0], &actions, &attributes, words, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int64_t clock_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Takes what the pipe has, waiting up to STEP_MS for something. */
static void take_output(int *input, struct rz_buffer *output)
{
    char octets[4096];
    struct pollfd poll_fd = {.fd = *input, .events = POLLIN};
    int ready = poll(&poll_fd, 1, STEP_MS); /* a closed one (-1) only waits */
    for (int reads = 0; ready > 0 && reads < READS_MAX; reads++) {
        ssize_t got = read(*input, octets, sizeof octets);
        if (got > 0) {
            rz_buffer_append(output, octets, (size_t)got);
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(*input);
            *input = -1;
            return;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

__attribute__((format(printf, 2, 3))) static void say(struct rz_buffer *output, const char *format,
                                                      ...)
{
    va_list arguments;
    output->limit += 64; /* the verdict always fits */
    if (output->size && output->data[output->size - 1] != '\n')
        rz_buffer_char(output, '\n');
    va_start(arguments, format);
    rz_buffer_vprintf(output, format, arguments);
    va_end(arguments);
}

static bool is_stopped(const struct rz_command_options *options)
{
    return options->context && rz_context_stopped(options->context);
}

/* Collects output until the process ends. The pipe's end does not count: a daemon that the command
 * leaves behind may keep it open. */
static enum rz_command_result await(pid_t pid, int *input, const struct rz_command_options *options,
                                    struct rz_buffer *output)
{
    int64_t deadline = clock_ms() + options->timeout_ms;
    int status = 0;
    pid_t ended = 0;
    while (ended == 0 && clock_ms() < deadline && !is_stopped(options)) {
        take_output(input, output);
        ended = waitpid(pid, &status, WNOHANG);
        if (ended < 0 && errno == EINTR)
            ended = 0;
    }
    if (ended == 0) {
        kill(-pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (is_stopped(options))
            say(output, "it was killed by a second signal to rezone");
        else
            say(output, "it did not end within %d seconds and was killed",
                (int)(options->timeout_ms / 1000));
        return RZ_COMMAND_FAILED;
    }
    if (*input >= 0)
        take_output(input, output);
    if (ended < 0)
        say(output, "its exit code was lost (%d)", errno);
    else if (WIFSIGNALED(status))
        say(output, "it was killed by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status))
        say(output, "it exited with code %d", WEXITSTATUS(status));
    else
        return RZ_COMMAND_OK;
    return RZ_COMMAND_FAILED;
}

/* A file in memory, so that no command that does not read can make us wait; -1: none. */
static int open_input(struct rz_str input)
{
    int fd = input.size ? memfd_create("input", MFD_CLOEXEC) : -1;
    for (size_t at = 0; fd >= 0 && at < input.size;) {
        ssize_t written = write(fd, input.data + at, input.size - at);
        if (written < 0 && errno != EINTR)
            break;
        at += written > 0 ? (size_t)written : 0;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

enum rz_command_result rz_command_run_with(const struct rz_command *command,
                                           const struct rz_command_options *options,
                                           struct rz_buffer *output)
{
    static const struct rz_command_variable none[] = {{NULL, NULL}};
    int pipe_fds[2];
    pid_t pid;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
        rz_buffer_text(output, strerror(errno));
        return RZ_COMMAND_NOT_RUN;
    }
    fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
    struct rz_command expanded = expand_all(command,
                                            options->variables ? options->variables : none);
    int input = open_input(options->input);
    int error = spawn(&pid, expanded.words, options->directory, input, pipe_fds[1]);
    rz_command_free(&expanded);
    close(pipe_fds[1]);
    if (input >= 0)
        close(input);
    enum rz_command_result result = RZ_COMMAND_NOT_RUN;
    if (error)
        rz_buffer_text(output, strerror(error));
    else
        result = await(pid, &pipe_fds[0], options, output);
    if (pipe_fds[0] >= 0)
        close(pipe_fds[0]);
    return result;
}

void rz_command_quote(struct rz_buffer *out, const struct rz_buffer *output)
{
    RZ_BUFFER_CLEANUP struct rz_buffer redacted = {0};
    rz_secret_redact(&redacted, rz_str_trim(rz_buffer_view(output)));
    struct rz_str text = rz_buffer_view(&redacted);
    while (text.size) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) : text.size;
        rz_buffer_visible(out, rz_str_trim((struct rz_str){text.data, size}));
        rz_buffer_text(out, end ? "; " : "");
        text.data += end ? size + 1 : size;
        text.size -= end ? size + 1 : size;
    }
}

enum rz_command_result rz_command_run(const struct rz_command *command, int directory,
                                      const struct rz_command_variable *variables,
                                      int64_t timeout_ms, struct rz_buffer *output)
{
    struct rz_command_options options = {
        .directory = directory, .variables = variables, .timeout_ms = timeout_ms};
    return rz_command_run_with(command, &options, output);
}
