/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auth login, auth status, auth refresh, auth logout: the session of a provider that has one. */
#include "cli/commands.h"
#include "cli/metrics.h"
#include "cli/pick_provider.h"
#include "session.h"
#include "support/json_write.h"

static bool has_session(const struct rz_provider_ops *ops)
{
    return ops->session != NULL;
}

static void report_json(struct rz_cli *cli, const struct rz_session_state *state)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    int64_t left = state->expires - cli->context.now(cli->context.user);
    rz_buffer_char(&json, '{');
    rz_json_text(&json, "account", state->account);
    rz_json_bool(&json, "can_refresh", state->can_refresh);
    rz_json_key(&json, "diagnostics");
    rz_report_diags_json(&json, &cli->diags);
    rz_json_time(&json, "expires", state->expires);
    rz_json_time(&json, "issued", state->issued);
    rz_json_bool(&json, "logged_in", state->logged_in);
    rz_json_text(&json, "method", state->method);
    rz_json_int(&json, "seconds_left", state->expires && left > 0 ? left : 0);
    rz_json_text(&json, "server", state->server);
    rz_json_bool(&json, "signature_checked", state->signature_checked);
    rz_json_text(&json, "store", state->store);
    rz_buffer_text(&json, "}\n");
    rz_cli_requests_json(cli, &json);
    rz_cli_json(cli, &json);
}

static void report_text(struct rz_cli *cli, const struct rz_session_state *state)
{
    struct rz_buffer *out = &cli->out.text;
    char expires[RZ_TIME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer left = {0};
    int64_t seconds = state->expires - cli->context.now(cli->context.user);
    rz_buffer_printf(out, "server    %s\naccount   %s\nmethod    %s\n", state->server,
                     state->account, state->method);
    if (!state->store) {
        rz_buffer_text(out, "session   none is needed: the password goes with each request\n");
        return;
    }
    rz_buffer_printf(out, "token     %s\n", state->store);
    if (!state->expires) {
        rz_buffer_text(
            out, "session   none; it begins with the first request, or `rezone auth login`\n");
        return;
    }
    rz_duration_print(&left, seconds > 0 ? (uint64_t)seconds : 0);
    rz_buffer_printf(out, "session   %s%s%s, until %s UTC\n", seconds > 0 ? "for " : "ended",
                     seconds > 0 ? left.data : "", seconds > 0 ? " more" : "",
                     rz_time_text(expires, state->expires));
    rz_buffer_printf(out, "refresh   %s\nsignature %s\n",
                     state->can_refresh ? "without the password" : "with the password",
                     state->signature_checked ? "checked" : "not checked: no public_key is set");
}

/* Does what the command is for, and shows the session as it is then. */
static int run(struct rz_cli *cli,
               enum rz_status (*act)(const struct rz_session_ops *ops, struct rz_provider *provider,
                                     struct rz_diags *diags))
{
    struct rz_project project;
    struct rz_provider *provider;
    struct rz_session_state state;
    enum rz_status status = RZ_INVALID;
    if (rz_cli_open(cli, &project, NULL, NULL))
        status = rz_cli_pick_provider(cli, &project, has_session, "has a session", &provider);
    if (status == RZ_OK && act)
        status = act(provider->ops->session, provider, &cli->diags);
    if (status == RZ_OK)
        status = provider->ops->session->status(provider, &state, &cli->diags);
    if (status == RZ_OK && cli->json)
        report_json(cli, &state);
    else if (status == RZ_OK)
        report_text(cli, &state);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

static enum rz_status log_in(const struct rz_session_ops *ops, struct rz_provider *provider,
                             struct rz_diags *diags)
{
    return ops->login(provider, diags);
}

static enum rz_status refresh(const struct rz_session_ops *ops, struct rz_provider *provider,
                              struct rz_diags *diags)
{
    return ops->refresh(provider, diags);
}

static enum rz_status log_out(const struct rz_session_ops *ops, struct rz_provider *provider,
                              struct rz_diags *diags)
{
    return ops->logout(provider, diags);
}

int rz_command_auth_login(struct rz_cli *cli)
{
    return run(cli, log_in);
}

int rz_command_auth_status(struct rz_cli *cli)
{
    return run(cli, NULL);
}

int rz_command_auth_refresh(struct rz_cli *cli)
{
    return run(cli, refresh);
}

int rz_command_auth_logout(struct rz_cli *cli)
{
    return run(cli, log_out);
}
