/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ci: what a pipeline does with a plan file, without network, project or secrets. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/plan_files.h"
#include "cli/reports.h"
#include "support/json_write.h"

/* A gate and what has come to it. */
struct gate {
    struct rz_cli *cli;
    const char *path;
    const struct rz_plan *plan;
    uint64_t changes, deletes, approvals; /* the most that pass; the fewest signatures */
    enum rz_risk risk;                    /* the highest that passes */
    size_t refusals;
};

__attribute__((format(printf, 4, 5))) static void refuse(struct gate *gate, const char *rule,
                                                         const char *hint, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct rz_diag *diag = rz_diags_add(&gate->cli->diags, RZ5503, rz_place_named(gate->path),
                                        "%s: %s", rule, message);
    if (hint)
        rz_diag_hint(&gate->cli->diags, diag, "%s", hint);
    gate->refusals++;
}

static void check_findings(struct gate *gate)
{
    for (size_t i = 0; i < gate->plan->count; i++)
        for (size_t k = 0; k < gate->plan->zones[i]->finding_count; k++) {
            const struct rz_finding *finding = &gate->plan->zones[i]->findings[k];
            char apex[RZ_NAME_TEXT_MAX];
            if (!finding->allowed)
                refuse(gate, "policy", "plan again with --allow, if that is meant", "%s: %s: %s",
                       rz_name_text_plain(apex, gate->plan->zones[i]->apex.wire), finding->rule,
                       finding->message);
        }
}

static void check_risks(struct gate *gate)
{
    size_t over = 0;
    const struct rz_plan_change *first = NULL;
    for (size_t i = 0; i < gate->plan->count; i++)
        for (size_t k = 0; k < gate->plan->zones[i]->count; k++) {
            const struct rz_plan_change *change = &gate->plan->zones[i]->changes[k];
            if (change->risk <= gate->risk)
                continue;
            first = first ? first : change;
            over++;
        }
    if (over == 0)
        return;
    char owner[RZ_NAME_TEXT_MAX];
    rz_name_text(owner, rz_change_subject(first->change)->owner);
    refuse(gate, "--max-risk", "let a person approve it", "%zu change%s, the first at %s%s%s", over,
           over == 1 ? "" : "s", owner, first->reason ? ": " : "",
           first->reason ? first->reason : "");
}

static void check_counts(struct gate *gate)
{
    uint64_t changes = 0, deletes = 0;
    for (size_t i = 0; i < gate->plan->count; i++) {
        const struct rz_zone_plan *zone = gate->plan->zones[i];
        changes += zone->count;
        deletes += zone->deletes;
        if (zone->delete_zone) {
            char apex[RZ_NAME_TEXT_MAX];
            refuse(gate, "zone", NULL, "the plan deletes the zone %s",
                   rz_name_text_plain(apex, zone->apex.wire));
        }
    }
    if (changes > gate->changes)
        refuse(gate, "--max-changes", NULL, "the plan has %" PRIu64 " change%s", changes,
               changes == 1 ? "" : "s");
    if (deletes > gate->deletes)
        refuse(gate, "--max-deletes", NULL, "the plan has %" PRIu64 " delete%s", deletes,
               deletes == 1 ? "" : "s");
}

static bool has_signed(const struct rz_plan *plan, const uint8_t key[RZ_KEY_OCTETS])
{
    for (size_t i = 0; i < plan->signature_count; i++)
        if (memcmp(plan->signatures[i].key, key, RZ_KEY_OCTETS) == 0)
            return true;
    return false;
}

/* With --approvals N any N of the keys, else each of them. A key named twice counts once. */
static bool check_signatures(struct gate *gate)
{
    const struct rz_strings *paths = &gate->cli->options.all[RZ_OPT_VERIFY_KEY];
    uint8_t(*keys)[RZ_KEY_OCTETS] = rz_arena_alloc(&gate->cli->arena,
                                                   (paths->count + 1) * sizeof *keys);
    uint64_t distinct = 0, signed_by = 0;
    for (size_t i = 0; i < paths->count; i++) {
        bool repeated = false;
        if (rz_public_key_read(keys[i], paths->items[i], &gate->cli->diags) != RZ_OK)
            return false;
        for (size_t k = 0; k < i; k++)
            repeated |= memcmp(keys[k], keys[i], RZ_KEY_OCTETS) == 0;
        distinct += !repeated;
        signed_by += !repeated && has_signed(gate->plan, keys[i]);
    }
    uint64_t wanted = gate->cli->options.given[RZ_OPT_APPROVALS] ? gate->approvals : distinct;
    if (signed_by < wanted)
        refuse(gate, "signatures", "`rezone plan sign FILE --sign-key KEY` adds one",
               "%" PRIu64 " of the keys given have signed the plan, and %" PRIu64 " must",
               signed_by, wanted);
    return true;
}

static bool read_rules(struct gate *gate)
{
    static const char *const risks[] = {"none", "notice", "high"};
    const char *risk = gate->cli->options.last[RZ_OPT_MAX_RISK];
    gate->changes = gate->deletes = UINT64_MAX;
    gate->risk = RZ_RISK_HIGH;
    for (size_t i = 0; risk && i < 3; i++)
        if (strcmp(risk, risks[i]) == 0) {
            gate->risk = (enum rz_risk)i;
            risk = NULL;
        }
    if (risk) {
        struct rz_diag *diag = rz_diags_add(&gate->cli->diags, RZ9001, (struct rz_place){0},
                                            "--max-risk cannot be `%s`", risk);
        rz_diag_hint(&gate->cli->diags, diag, "one of: none, notice, high");
        return false;
    }
    return rz_cli_number(gate->cli, RZ_OPT_MAX_CHANGES, UINT32_MAX, &gate->changes)
           && rz_cli_number(gate->cli, RZ_OPT_MAX_DELETES, UINT32_MAX, &gate->deletes)
           && rz_cli_number(gate->cli, RZ_OPT_APPROVALS, 100, &gate->approvals);
}

int rz_command_ci_gate(struct rz_cli *cli)
{
    struct rz_plan plan = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct gate gate = {.cli = cli, .path = cli->arguments[0], .plan = &plan};
    if (!read_rules(&gate))
        return RZ_EXIT_ERROR;
    enum rz_status status = rz_cli_read_plan(cli, gate.path, &plan, &text);
    if (status == RZ_OK)
        status = rz_plan_file_check(&plan, cli->context.now(cli->context.user), NULL, &cli->diags);
    if (status == RZ_OK) {
        check_findings(&gate);
        check_risks(&gate);
        check_counts(&gate);
        if (!check_signatures(&gate))
            status = RZ_INVALID;
    }
    if (status == RZ_OK && gate.refusals)
        status = RZ_REFUSED;
    int exit_code = rz_cli_exit(status);
    if (status == RZ_OK && !cli->json)
        rz_buffer_printf(&cli->out.text, "The gate is open for plan %s.\n", plan.id);
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
        rz_buffer_text(&json, "{\"diagnostics\":");
        rz_report_diags_json(&json, &cli->diags);
        rz_json_int(&json, "exit", exit_code);
        rz_json_bool(&json, "open", status == RZ_OK);
        rz_json_text(&json, "plan", plan.id);
        rz_buffer_text(&json, "}\n");
        rz_cli_json(cli, &json);
    }
    rz_plan_free(&plan);
    return exit_code;
}

static void print_comment(struct rz_cli *cli, const struct rz_buffer *body)
{
    if (!cli->json) {
        rz_buffer_str(&cli->out.text, rz_buffer_view(body));
        return;
    }
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    const char *end = memchr(body->data, '\n', body->size);
    struct rz_str marker = {body->data, end ? (size_t)(end - body->data) : body->size};
    rz_buffer_char(&json, '{');
    rz_json_key(&json, "body");
    rz_json_string(&json, rz_buffer_view(body));
    rz_json_key(&json, "diagnostics");
    rz_report_diags_json(&json, &cli->diags);
    rz_json_key(&json, "marker");
    rz_json_string(&json, marker);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

int rz_command_ci_comment(struct rz_cli *cli)
{
    struct rz_plan plan = {0};
    struct rz_report report;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_output body = {.fd = -1};
    enum rz_status status = rz_cli_read_plan(cli, cli->arguments[0], &plan, &text);
    if (status == RZ_OK) {
        rz_cli_report_init(cli, &report, "plan", "DNS plan");
        /* Not the zones: with --since they are others after the next push, and the comment the same. */
        const char *environment = cli->options.last[RZ_OPT_ENV];
        report.key = environment ? environment : "default";
        rz_report_fill_plan(&report, &plan);
        rz_report_finish(&report);
        rz_cli_comment(cli, &report, &body, cli->options.last[RZ_OPT_OUTPUT]);
        print_comment(cli, &body.text);
        rz_report_free(&report);
    }
    rz_buffer_free(&body.text);
    rz_plan_free(&plan);
    return rz_cli_exit(status);
}
