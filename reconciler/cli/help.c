/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, made from the tables of commands and options. */
#include "cli/cli.h"

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

void rz_cli_help(struct rz_output *out, const struct rz_command *command)
{
    size_t width = 0;
    if (command) {
        print_command(out, command);
        return;
    }
    rz_buffer_text(&out->text,
                   "rezone keeps DNS in git: it plans, applies, verifies and rolls back zones.\n\n"
                   "Usage: rezone COMMAND [ARGUMENT…] [OPTION…]\n\nCommands:\n");
    for (const struct rz_command *each = rz_commands; each->name; each++)
        width = strlen(each->name) > width ? strlen(each->name) : width;
    for (const struct rz_command *each = rz_commands; each->name; each++) {
        rz_buffer_printf(&out->text, "  %s", each->name);
        rz_buffer_pad(&out->text, ' ', width - strlen(each->name) + 2);
        rz_buffer_printf(&out->text, "%s\n", each->summary);
    }
    rz_buffer_text(
        &out->text,
        "\n`rezone COMMAND --help` tells more of a command.\n\n"
        "Exit codes: 0 done or nothing to do; 1 error; 2 changes or differences found;\n"
        "3 refused by a safety rule; 4 applied, then rolled back; 5 rollback incomplete.\n");
}
