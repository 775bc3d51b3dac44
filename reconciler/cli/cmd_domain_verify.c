/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domain verify and domain watch: whether a name is registered, delegated, served and signed as it should
 * be, once or again and again. */
#include "cli/commands.h"
#include "cli/domain_facts.h"
#include "cli/metrics.h"
#include "support/json_write.h"

static enum rz_tint tint_of(enum rz_domain_result result)
{
    return result == RZ_DOMAIN_BAD       ? RZ_TINT_RED
           : result == RZ_DOMAIN_WARNING ? RZ_TINT_YELLOW
           : result == RZ_DOMAIN_SKIPPED ? RZ_TINT_DIM
                                         : RZ_TINT_GREEN;
}

static void show_summary(struct rz_output *out, const struct rz_domain_facts *facts)
{
    const struct rz_domain_checks *checks = &facts->checks;
    rz_buffer_visible(&out->text, rz_str_of(facts->name));
    rz_buffer_text(&out->text, ": ");
    rz_output_tinted(out,
                     checks->bad        ? RZ_TINT_RED
                     : checks->warnings ? RZ_TINT_YELLOW
                                        : RZ_TINT_GREEN,
                     checks->bad ? "bad" : "good");
    if (checks->bad)
        rz_buffer_printf(&out->text, ", %zu check%s failed", checks->bad,
                         checks->bad == 1 ? "" : "s");
    if (checks->warnings)
        rz_buffer_printf(&out->text, ", %zu warning%s", checks->warnings,
                         checks->warnings == 1 ? "" : "s");
    rz_buffer_char(&out->text, '\n');
}

static void show_checks(struct rz_output *out, const struct rz_domain_facts *facts, bool only_bad)
{
    show_summary(out, facts);
    for (size_t i = 0; i < facts->checks.count; i++) {
        const struct rz_domain_check *check = &facts->checks.items[i];
        if (only_bad && check->result != RZ_DOMAIN_BAD && check->result != RZ_DOMAIN_WARNING)
            continue;
        rz_buffer_text(&out->text, "  ");
        rz_output_tinted(out, tint_of(check->result), rz_domain_result_text(check->result));
        rz_buffer_pad(&out->text, ' ', 9 - strlen(rz_domain_result_text(check->result)));
        rz_buffer_text(&out->text, check->name);
        rz_buffer_pad(&out->text, ' ', strlen(check->name) < 15 ? 15 - strlen(check->name) : 1);
        rz_buffer_printf(&out->text, "%s%s%s\n", check->server ? check->server : "",
                         check->server ? ": " : "", check->text);
    }
    rz_output_pulse(out);
}

static void facts_json(struct rz_cli *cli, struct rz_buffer *json,
                       const struct rz_domain_facts_list *facts, int exit_code)
{
    rz_buffer_text(json, "{\"domains\":[");
    for (size_t i = 0; i < facts->count; i++) {
        const struct rz_domain_facts *one = &facts->items[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_int(json, "bad", (int64_t)one->checks.bad);
        rz_json_key(json, "checks");
        rz_domain_checks_json(json, &one->checks);
        rz_json_bool(json, "good", one->status == RZ_OK && !one->checks.bad);
        rz_json_text(json, "name", one->name);
        rz_json_int(json, "warnings", (int64_t)one->checks.warnings);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
    rz_json_key(json, "diagnostics");
    rz_report_diags_json(json, &cli->diags);
    rz_json_int(json, "exit", exit_code);
    rz_json_time(json, "time", cli->context.now(cli->context.user));
    rz_buffer_text(json, "}\n");
    rz_cli_requests_json(cli, json);
}

static int report(struct rz_cli *cli, const struct rz_domain_facts_list *facts,
                  enum rz_status status)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    int exit_code = status == RZ_OK ? rz_domain_facts_exit(facts) : rz_cli_exit(status);
    if (cli->json) {
        facts_json(cli, &json, facts, exit_code);
        rz_cli_json(cli, &json);
        return exit_code;
    }
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].status == RZ_OK)
            show_checks(&cli->out, &facts->items[i], cli->options.given[RZ_OPT_QUIET]);
    return exit_code;
}

static int look_once(struct rz_domain_command *command, const struct rz_strings *names)
{
    struct rz_domain_facts_list facts;
    enum rz_status status = rz_domain_facts_read(&facts, command, names, 0);
    int exit_code = report(command->cli, &facts, status);
    rz_domain_facts_free(&facts);
    return exit_code;
}

int rz_command_domain_verify(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_strings names;
    enum rz_status status = rz_domain_command_open_any(&command, cli);
    if (status == RZ_OK)
        status = rz_domain_names(&command, &names);
    int exit_code = status == RZ_OK ? look_once(&command, &names) : rz_cli_exit(status);
    rz_domain_command_close(&command);
    return exit_code;
}

/* ---- watch */

struct watch {
    struct rz_domain_command *command;
    struct rz_strings names;
    uint64_t every, rounds; /* seconds; 0 rounds: no end */
    struct rz_buffer last;  /* what the round before found */
};

/* All that is bad, as text that is the same while it stays so. */
static void summarize(struct rz_buffer *out, const struct rz_domain_facts_list *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        rz_buffer_printf(out, "%s %d\n", facts->items[i].name, (int)facts->items[i].status);
        for (size_t k = 0; k < facts->items[i].checks.count; k++) {
            const struct rz_domain_check *check = &facts->items[i].checks.items[k];
            if (check->result == RZ_DOMAIN_BAD || check->result == RZ_DOMAIN_WARNING)
                rz_buffer_printf(out, "%s %s %s\n", check->name, check->server ? check->server : "",
                                 check->text);
        }
    }
}

static void report_round(struct watch *watch, const struct rz_domain_facts_list *facts,
                         enum rz_status status, int exit_code)
{
    struct rz_cli *cli = watch->command->cli;
    char time[RZ_TIME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    struct rz_buffer now = {0};
    if (cli->json) {
        facts_json(cli, &json, facts, exit_code);
        rz_cli_json(cli, &json);
    } else {
        summarize(&now, facts);
        bool same = rz_str_equal(rz_buffer_view(&now), rz_buffer_view(&watch->last));
        if (!same)
            rz_buffer_printf(&cli->out.text, "%s\n",
                             rz_time_text(time, cli->context.now(cli->context.user)));
        for (size_t i = 0; !same && i < facts->count; i++)
            if (facts->items[i].status == RZ_OK)
                show_checks(&cli->out, &facts->items[i], true);
        rz_buffer_free(&watch->last);
        watch->last = now;
        if (status != RZ_OK) { /* what could not be asked is said each time */
            rz_report_diags(&cli->err, &cli->diags, cli->options.given[RZ_OPT_QUIET]);
            rz_output_flush(&cli->err);
        }
    }
    rz_output_flush(&cli->out);
}

/* Trouble of one round is over with it: the next asks again. */
static int watch_rounds(struct watch *watch)
{
    struct rz_cli *cli = watch->command->cli;
    int exit_code = RZ_EXIT_DONE;
    for (uint64_t round = 1;; round++) {
        struct rz_domain_facts_list facts;
        enum rz_status status = rz_domain_facts_read(&facts, watch->command, &watch->names, 0);
        bool stopped = status == RZ_CANCELLED || rz_context_cancelled(&cli->context);
        if (!stopped) {
            exit_code = status == RZ_OK ? rz_domain_facts_exit(&facts) : rz_cli_exit(status);
            report_round(watch, &facts, status, exit_code);
        }
        rz_domain_facts_free(&facts);
        if ((stopped && round == 1) || (watch->rounds && round >= watch->rounds))
            return exit_code;
        rz_diags_free(&cli->diags);
        cli->diags = (struct rz_diags){0};
        if (!stopped)
            cli->context.sleep_ms(&cli->context, (int64_t)watch->every * 1000);
        if (rz_context_cancelled(&cli->context)) {
            /* A signal is how a watch without --count ends: that is no failure. */
            atomic_store(&cli->context.cancelled, 0);
            return exit_code;
        }
    }
}

static bool read_options(struct rz_cli *cli, struct watch *watch)
{
    const char *every = cli->options.last[RZ_OPT_EVERY];
    watch->rounds = every ? 0 : 1;
    if (!rz_cli_number(cli, RZ_OPT_TIMES, UINT32_MAX, &watch->rounds))
        return false;
    watch->every = 60;
    if (every && (!rz_duration_parse(&watch->every, rz_str_of(every)) || !watch->every)) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                            "--every takes a time, not %s", every);
        rz_diag_hint(&cli->diags, diag, "such as 30s, 10m or 1h");
        return false;
    }
    return true;
}

int rz_command_domain_watch(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct watch watch = {.command = &command};
    if (!read_options(cli, &watch))
        return RZ_EXIT_ERROR;
    enum rz_status status = rz_domain_command_open_any(&command, cli);
    if (status == RZ_OK)
        status = rz_domain_names(&command, &watch.names);
    int exit_code = status == RZ_OK ? watch_rounds(&watch) : rz_cli_exit(status);
    rz_buffer_free(&watch.last);
    rz_domain_command_close(&command);
    return exit_code;
}
