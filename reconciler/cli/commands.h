/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions behind the table of commands; each returns an exit code. */
#ifndef RZ_CLI_COMMANDS_H
#define RZ_CLI_COMMANDS_H

#include "cli/cli.h"

int rz_command_init(struct rz_cli *cli);
int rz_command_validate(struct rz_cli *cli);
int rz_command_render(struct rz_cli *cli);
int rz_command_plan(struct rz_cli *cli);
int rz_command_plan_sign(struct rz_cli *cli);
int rz_command_apply(struct rz_cli *cli);
int rz_command_verify(struct rz_cli *cli);
int rz_command_drift(struct rz_cli *cli);
int rz_command_ci_gate(struct rz_cli *cli);
int rz_command_ci_comment(struct rz_cli *cli);
int rz_command_rollback(struct rz_cli *cli);
int rz_command_recover(struct rz_cli *cli);
int rz_command_unlock(struct rz_cli *cli);
int rz_command_history(struct rz_cli *cli);
int rz_command_show(struct rz_cli *cli);
int rz_command_journal_backup(struct rz_cli *cli);
int rz_command_journal_restore(struct rz_cli *cli);
int rz_command_journal_prune(struct rz_cli *cli);
int rz_command_journal_notices(struct rz_cli *cli);
int rz_command_queue_list(struct rz_cli *cli);
int rz_command_queue_show(struct rz_cli *cli);
int rz_command_queue_cancel(struct rz_cli *cli);
int rz_command_queue_retry(struct rz_cli *cli);
int rz_command_import(struct rz_cli *cli);
int rz_command_fmt(struct rz_cli *cli);
int rz_command_zone_list(struct rz_cli *cli);
int rz_command_zone_create(struct rz_cli *cli);
int rz_command_zone_delete(struct rz_cli *cli);
int rz_command_domain_list(struct rz_cli *cli);
int rz_command_domain_show(struct rz_cli *cli);
int rz_command_domain_verify(struct rz_cli *cli);
int rz_command_domain_watch(struct rz_cli *cli);
int rz_command_domain_report(struct rz_cli *cli);
int rz_command_domain_check(struct rz_cli *cli);
int rz_command_domain_tlds(struct rz_cli *cli);
int rz_command_domain_nameservers_get(struct rz_cli *cli);
int rz_command_domain_nameservers_set(struct rz_cli *cli);
int rz_command_domain_nameservers_register(struct rz_cli *cli);
int rz_command_dnssec_status(struct rz_cli *cli);
int rz_command_dnssec_resign(struct rz_cli *cli);
int rz_command_dnssec_rollover_plan(struct rz_cli *cli);
int rz_command_dnssec_list(struct rz_cli *cli);
int rz_command_dnssec_add(struct rz_cli *cli);
int rz_command_dnssec_remove(struct rz_cli *cli);
int rz_command_dnssec_ds_show(struct rz_cli *cli);
int rz_command_dnssec_ds_set(struct rz_cli *cli);
int rz_command_dnssec_ds_remove(struct rz_cli *cli);
int rz_command_rollover_start(struct rz_cli *cli);
int rz_command_rollover_step(struct rz_cli *cli);
int rz_command_rollover_status(struct rz_cli *cli);
int rz_command_rollover_cancel(struct rz_cli *cli);
int rz_command_forward_list(struct rz_cli *cli);
int rz_command_forward_check(struct rz_cli *cli);
int rz_command_cache_stats(struct rz_cli *cli);
int rz_command_cache_clear(struct rz_cli *cli);
int rz_command_auth_login(struct rz_cli *cli);
int rz_command_auth_status(struct rz_cli *cli);
int rz_command_auth_refresh(struct rz_cli *cli);
int rz_command_auth_logout(struct rz_cli *cli);
int rz_command_health(struct rz_cli *cli);
int rz_command_template_list(struct rz_cli *cli);
int rz_command_template_show(struct rz_cli *cli);
int rz_command_template_new(struct rz_cli *cli);
int rz_command_template_clone(struct rz_cli *cli);
int rz_command_template_rename(struct rz_cli *cli);
int rz_command_template_delete(struct rz_cli *cli);
int rz_command_template_search(struct rz_cli *cli);
int rz_command_template_test(struct rz_cli *cli);
int rz_command_template_graph(struct rz_cli *cli);
int rz_command_record_create(struct rz_cli *cli);
int rz_command_record_update(struct rz_cli *cli);
int rz_command_record_delete(struct rz_cli *cli);
int rz_command_record_get(struct rz_cli *cli);
int rz_command_record_list(struct rz_cli *cli);
int rz_command_version(struct rz_cli *cli);
int rz_command_help(struct rz_cli *cli);
int rz_command_explain(struct rz_cli *cli);
int rz_command_completion(struct rz_cli *cli);
int rz_command_complete(struct rz_cli *cli);

#endif
