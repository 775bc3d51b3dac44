/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan sign, and what a plan must have before it may begin. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/plan_files.h"
#include "cli/run_plan.h"
#include "support/json_write.h"

static bool has_signed(const struct rz_plan *plan, const uint8_t key[RZ_KEY_OCTETS])
{
    for (size_t i = 0; i < plan->signature_count; i++)
        if (memcmp(plan->signatures[i].key, key, RZ_KEY_OCTETS) == 0)
            return true;
    return false;
}

/* A key that is listed twice counts once. */
static bool is_repeated(uint8_t (*keys)[RZ_KEY_OCTETS], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(keys[i], keys[count], RZ_KEY_OCTETS) == 0)
            return true;
    return false;
}

static bool check_approvals(struct rz_cli *cli, const struct rz_policy *policy,
                            const struct rz_plan *plan)
{
    const struct rz_strings *paths = &policy->trusted_keys;
    uint8_t(*keys)[RZ_KEY_OCTETS] = rz_arena_alloc(&cli->arena, (paths->count + 1) * sizeof *keys);
    uint64_t approved = 0;
    if (policy->approvals == 0)
        return true;
    for (size_t i = 0; i < paths->count; i++) {
        if (rz_public_key_read(keys[i], paths->items[i], &cli->diags) != RZ_OK)
            return false;
        approved += !is_repeated(keys, i) && has_signed(plan, keys[i]);
    }
    if (approved >= policy->approvals)
        return true;
    struct rz_diag *diag = rz_diags_add(
        &cli->diags, RZ4107, (struct rz_place){0},
        "the policy wants the signatures of %llu trusted keys, and the plan has %llu",
        (unsigned long long)policy->approvals, (unsigned long long)approved);
    rz_diag_hint(
        &cli->diags, diag,
        plan->digest[0]
            ? "`rezone plan sign FILE --sign-key KEY` adds one"
            : "make a plan with `rezone plan -o FILE --sign-key KEY`, then apply that file");
    return false;
}

static bool check_named_keys(struct rz_cli *cli, const struct rz_plan *plan)
{
    const struct rz_strings *paths = &cli->options.all[RZ_OPT_VERIFY_KEY];
    for (size_t i = 0; i < paths->count; i++) {
        uint8_t key[RZ_KEY_OCTETS];
        if (rz_public_key_read(key, paths->items[i], &cli->diags) != RZ_OK)
            return false;
        if (has_signed(plan, key))
            continue;
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ4107, rz_place_named(paths->items[i]),
                                            "the plan is not signed by this key");
        rz_diag_hint(&cli->diags, diag, "`rezone plan sign FILE --sign-key KEY` signs it");
        return false;
    }
    return true;
}

bool rz_cli_may_begin(struct rz_cli *cli, const struct rz_project *project,
                      const struct rz_plan *plan)
{
    return !rz_cli_note_freeze(cli, project, true) && check_approvals(cli, &project->policy, plan)
           && check_named_keys(cli, plan);
}

const char *rz_cli_signers(struct rz_cli *cli, const struct rz_plan *plan)
{
    RZ_BUFFER_CLEANUP struct rz_buffer list = {0};
    char key[RZ_KEY_TEXT];
    for (size_t i = 0; i < plan->signature_count; i++)
        rz_buffer_printf(&list, "%s%s", i ? " " : "",
                         rz_hex(key, plan->signatures[i].key, RZ_KEY_OCTETS));
    return list.size ? rz_arena_strdup(&cli->arena, list.data) : NULL;
}

static void report(struct rz_cli *cli, const struct rz_plan *plan, const struct rz_signature *made,
                   bool added)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    char key[RZ_KEY_TEXT];
    size_t count = plan->signature_count + added;
    rz_hex(key, made->key, sizeof made->key);
    if (!cli->json) {
        rz_buffer_printf(&cli->out.text,
                         "Plan %s is signed by the key %s%s, %zu signature%s in all.\n", plan->id,
                         key, added ? "" : " already", count, count == 1 ? "" : "s");
        return;
    }
    rz_buffer_char(&json, '{');
    rz_json_text(&json, "key", key);
    rz_json_text(&json, "plan", plan->id);
    rz_json_int(&json, "signatures", (int64_t)count);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

static enum rz_status add_signature(struct rz_cli *cli, const char *path, const char *key_path,
                                    struct rz_plan *plan)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_signature made;
    enum rz_status status = rz_cli_read_plan(cli, path, plan, &text);
    if (status == RZ_OK)
        status = rz_sign(&made, plan->digest, key_path, &cli->diags);
    if (status != RZ_OK)
        return status;
    bool signed_already = has_signed(plan, made.key);
    if (!signed_already)
        status = rz_plan_file_sign(&text, key_path, &cli->diags);
    if (status == RZ_OK && !signed_already && !rz_cli_write_plan(cli, path, &text))
        status = RZ_IO;
    if (status == RZ_OK)
        report(cli, plan, &made, !signed_already);
    return status;
}

int rz_command_plan_sign(struct rz_cli *cli)
{
    struct rz_plan plan = {0};
    const char *key = cli->options.last[RZ_OPT_SIGN_KEY];
    if (!key) {
        rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "--sign-key KEY is missing");
        return RZ_EXIT_ERROR;
    }
    enum rz_status status = add_signature(cli, cli->arguments[0], key, &plan);
    rz_plan_free(&plan);
    return rz_cli_exit(status);
}
