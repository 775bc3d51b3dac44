/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain: what a code of a diagnostic means, from the table of codes. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/help_topics.h"
#include "lint/lint.h"
#include "support/json_write.h"

static const char *const severities[] = {
    [RZ_NOTE] = "note", [RZ_WARNING] = "warning", [RZ_ERROR] = "error"};

static const struct rz_lint_example *example_of(enum rz_code code)
{
    for (size_t i = 0; rz_lint_example(i); i++)
        if (rz_lint_example(i)->code == code)
            return rz_lint_example(i);
    return NULL;
}

static void add_json(struct rz_buffer *json, const struct rz_code_info *info)
{
    const struct rz_lint_example *example = example_of(info->code);
    char code[16];
    snprintf(code, sizeof code, "RZ%04d", (int)info->code);
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_text(json, "code", code);
    rz_json_text(json, "failing", example ? example->failing : NULL);
    rz_json_text(json, "family", rz_code_family(info->code)->title);
    rz_json_text(json, "meaning", info->meaning);
    rz_json_text(json, "passing", example ? example->passing : NULL);
    rz_json_text(json, "severity", severities[info->severity]);
    rz_json_text(json, "title", info->title);
    rz_buffer_char(json, '}');
}

static void show_example(struct rz_output *out, const char *word, const char *text)
{
    if (!text || !*text)
        return;
    rz_buffer_printf(&out->text, "\n%s:\n\n", word);
    for (const char *line = text; *line;) {
        size_t size = strcspn(line, "\n");
        rz_buffer_printf(&out->text, "%s%.*s\n", size ? "    " : "", (int)size, line);
        line += size + (line[size] == '\n');
    }
}

/* All there is to say of one. */
static void show_one(struct rz_output *out, const struct rz_code_info *info)
{
    const struct rz_lint_example *example = example_of(info->code);
    char code[16];
    snprintf(code, sizeof code, "RZ%04d", (int)info->code);
    rz_output_tinted(out, RZ_TINT_BOLD, code);
    rz_buffer_printf(&out->text, " (%s, %s): %s\n\n", severities[info->severity],
                     rz_code_family(info->code)->title, info->title);
    rz_help_show(out, rz_str_of(info->meaning), rz_cli_width(out));
    if (!example)
        return;
    show_example(out, "Reported", example->failing);
    show_example(out, "Not reported", example->passing);
    rz_buffer_printf(&out->text,
                     "\nIn rezone.yaml, `lint: {%s: off}` turns the check off; in a zone,"
                     " `lint: {allow: [%s], reason: …}`.\n",
                     code, code);
}

/* A line of a list, with the name of the family before its first. */
static void list_one(struct rz_output *out, const struct rz_code_info *info,
                     const struct rz_code_family **family)
{
    if (*family != rz_code_family(info->code)) {
        rz_buffer_text(&out->text, *family ? "\n" : "");
        *family = rz_code_family(info->code);
        rz_output_tinted(out, RZ_TINT_BOLD, (*family)->title);
        rz_buffer_char(&out->text, '\n');
    }
    rz_buffer_printf(&out->text, "  RZ%04d  %-7s  %s\n", (int)info->code,
                     severities[info->severity], info->title);
}

/* The digits of "RZ1104", "rz11", "1104"; NULL where it is no code. */
static const char *digits_of(const char *text)
{
    if ((text[0] == 'R' || text[0] == 'r') && (text[1] == 'Z' || text[1] == 'z'))
        text += 2;
    size_t size = strspn(text, "0123456789");
    return size <= 4 && text[size] == '\0' ? text : NULL;
}

/* Codes that begin with the digits; a whole code is explained, a part lists its family. */
static bool explain(struct rz_cli *cli, const char *text, struct rz_buffer *json)
{
    const char *digits = digits_of(text);
    const struct rz_code_family *family = NULL;
    size_t found = 0, size = digits ? strlen(digits) : 0;
    for (size_t i = 0; digits && i < rz_codes_count; i++) {
        char code[16];
        snprintf(code, sizeof code, "%04d", (int)rz_codes[i].code);
        if (strncmp(code, digits, size) != 0)
            continue;
        found++;
        if (cli->json)
            add_json(json, &rz_codes[i]);
        else if (size == 4)
            show_one(&cli->out, &rz_codes[i]);
        else
            list_one(&cli->out, &rz_codes[i], &family);
    }
    if (found)
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9010, (struct rz_place){0},
                                        "there is no code `%s`", text);
    if (digits && size > 2)
        rz_diag_hint(&cli->diags, diag, "`rezone explain RZ%.2s` lists those that begin so",
                     digits);
    else
        rz_diag_hint(&cli->diags, diag, "`rezone explain` lists all; a code is written RZ1104");
    return false;
}

int rz_command_explain(struct rz_cli *cli)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    bool good = true;
    rz_buffer_char(&json, '[');
    if (cli->argument_count == 0)
        good = explain(cli, "RZ", &json);
    for (size_t i = 0; i < cli->argument_count; i++) {
        if (i && !cli->json)
            rz_buffer_char(&cli->out.text, '\n');
        good &= explain(cli, cli->arguments[i], &json);
    }
    rz_buffer_text(&json, "]\n");
    if (cli->json && good)
        rz_cli_json(cli, &json);
    return good ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
}
