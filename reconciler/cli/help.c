/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, made from the tables of commands and options, and from the pages of docs/. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help_topics.h"
#include "support/alloc.h"

#define WIDTH_MIN 40
#define WIDTH_MAX 100

static void print_options(struct rz_output *out, rz_option_set mask)
{
    size_t width = 0;
    for (size_t i = 0; i < RZ_OPT_COUNT; i++) {
        const struct rz_option *option = &rz_cli_options[i];
        size_t size = strlen(option->name) + (option->argument ? strlen(option->argument) + 1 : 0);
        if (mask & RZ_OPT_BIT(i) && size > width)
            width = size;
    }
    for (size_t i = 0; i < RZ_OPT_COUNT; i++) {
        const struct rz_option *option = &rz_cli_options[i];
        if (!(mask & RZ_OPT_BIT(i)))
            continue;
        if (option->letter)
            rz_buffer_printf(&out->text, "  -%c, --%s", option->letter, option->name);
        else
            rz_buffer_printf(&out->text, "      --%s", option->name);
        if (option->argument)
            rz_buffer_printf(&out->text, " %s", option->argument);
        size_t size = strlen(option->name) + (option->argument ? strlen(option->argument) + 1 : 0);
        rz_buffer_pad(&out->text, ' ', width - size + 2);
        rz_buffer_printf(&out->text, "%s\n", option->help);
    }
}

static void print_command(struct rz_output *out, const struct rz_command *command)
{
    rz_buffer_printf(&out->text, "%s\n\nUsage: rezone %s%s%s [OPTION…]\n\n%s\n\nOptions:\n",
                     command->summary, command->name, *command->usage ? " " : "", command->usage,
                     command->detail);
    print_options(out, command->options);
    if (command->options & RZ_OPT(FORMAT))
        rz_buffer_printf(&out->text, "\nFormats: text%s%s\n", *command->formats ? ", " : "",
                         command->formats);
}

size_t rz_cli_width(const struct rz_output *out)
{
    struct winsize size;
    size_t width = 80;
    if (out->fd >= 0 && isatty(out->fd) && ioctl(out->fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
        width = size.ws_col;
    return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
}

/* The commands that begin with a word, or all. How many there were. */
static size_t print_commands(struct rz_output *out, const char *family)
{
    size_t width = 0, count = 0;
    for (const struct rz_command *each = rz_commands; each->name; each++)
        if (rz_cli_is_family(each, family))
            width = strlen(each->name) > width ? strlen(each->name) : width;
    for (const struct rz_command *each = rz_commands; each->name; each++) {
        if (!rz_cli_is_family(each, family))
            continue;
        rz_buffer_printf(&out->text, "  %s", each->name);
        rz_buffer_pad(&out->text, ' ', width - strlen(each->name) + 2);
        rz_buffer_printf(&out->text, "%s\n", each->summary);
        count++;
    }
    return count;
}

bool rz_cli_is_family(const struct rz_command *command, const char *family)
{
    size_t size = strlen(family);
    return size == 0 || (strncmp(command->name, family, size) == 0 && command->name[size] == ' ');
}

bool rz_cli_help_family(struct rz_output *out, const char *family)
{
    size_t at = out->text.size;
    rz_buffer_printf(&out->text, "Usage: rezone %s COMMAND [ARGUMENT…] [OPTION…]\n\nCommands:\n",
                     family);
    if (print_commands(out, family)) {
        rz_buffer_printf(&out->text, "\n`rezone %s COMMAND --help` tells more of a command.\n",
                         family);
        return true;
    }
    out->text.size = at;
    return false;
}

/* The topics, in lines of what fits. */
static void print_topics(struct rz_output *out)
{
    size_t at = 0, width = rz_cli_width(out);
    for (size_t i = 0; rz_help_topic_name(i); i++) {
        const char *name = rz_help_topic_name(i);
        if (at && at + strlen(name) + 2 > width) {
            rz_buffer_text(&out->text, ",\n  ");
            at = 2;
        } else {
            rz_buffer_text(&out->text, at ? ", " : "  ");
            at += 2;
        }
        rz_buffer_text(&out->text, name);
        at += strlen(name);
    }
    rz_buffer_char(&out->text, '\n');
}

void rz_cli_help(struct rz_output *out, const struct rz_command *command)
{
    if (command) {
        print_command(out, command);
        return;
    }
    rz_buffer_text(&out->text,
                   "rezone keeps DNS in git: it plans, applies, verifies and rolls back zones.\n\n"
                   "Usage: rezone COMMAND [ARGUMENT…] [OPTION…]\n\nCommands:\n");
    print_commands(out, "");
    rz_buffer_text(
        &out->text,
        "\n`rezone COMMAND --help` tells more of a command, `rezone explain CODE` what a message\n"
        "means, and `rezone help TOPIC` shows a part of the guide:\n");
    print_topics(out);
    rz_buffer_text(
        &out->text,
        "\nExit codes: 0 done or nothing to do; 1 error; 2 changes or differences found;\n"
        "3 refused by a safety rule; 4 applied, then rolled back; 5 rollback incomplete.\n");
}

static void print_topic_titles(struct rz_output *out)
{
    size_t width = 0;
    for (size_t i = 0; rz_help_topic_name(i); i++)
        width = strlen(rz_help_topic_name(i)) > width ? strlen(rz_help_topic_name(i)) : width;
    for (size_t i = 0; rz_help_topic_name(i); i++) {
        const char *name = rz_help_topic_name(i);
        rz_buffer_printf(&out->text, "  %s", name);
        rz_buffer_pad(&out->text, ' ', width - strlen(name) + 2);
        rz_buffer_str(&out->text, rz_help_topic_title(name));
        rz_buffer_char(&out->text, '\n');
    }
}

/* Neither command nor topic: the nearest of both. */
static int unknown_topic(struct rz_cli *cli, struct rz_str name)
{
    const char *names[512];
    size_t count = 0;
    for (const struct rz_command *each = rz_commands; each->name && count < 256; each++)
        names[count++] = each->name;
    for (size_t i = 0; rz_help_topic_name(i) && count < 512; i++)
        names[count++] = rz_help_topic_name(i);
    int nearest = rz_str_nearest(name, names, count);
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "there is no command or topic `%.*s`", RZ_STR_ARG(name));
    if (rz_str_starts_with(name, "RZ"))
        rz_diag_hint(&cli->diags, diag, "codes have a command of their own: `rezone explain CODE`");
    else if (nearest >= 0)
        rz_diag_hint(&cli->diags, diag, "did you mean `rezone help %s`?", names[nearest]);
    else
        rz_diag_hint(&cli->diags, diag, "`rezone help` lists what there is");
    return RZ_EXIT_ERROR;
}

int rz_command_help(struct rz_cli *cli)
{
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    for (size_t i = 0; i < cli->argument_count; i++)
        rz_buffer_printf(&name, "%s%s", i ? " " : "", cli->arguments[i]);
    size_t taken = 0;
    const struct rz_command *command = rz_cli_find_command(cli->arguments, cli->argument_count,
                                                           &taken);
    struct rz_str topic = rz_help_topic(rz_buffer_view(&name));
    if (cli->argument_count == 0 || (command && taken == cli->argument_count))
        rz_cli_help(&cli->out, command);
    else if (topic.size)
        rz_help_show(&cli->out, topic, rz_cli_width(&cli->out));
    else if (rz_str_is(rz_buffer_view(&name), "topics"))
        print_topic_titles(&cli->out);
    else if (!rz_cli_help_family(&cli->out, name.data))
        return unknown_topic(cli, rz_buffer_view(&name));
    return RZ_EXIT_DONE;
}
