/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The provider that a command is about: --provider NAME, or the only one that can do it. */
#ifndef RZ_CLI_PICK_PROVIDER_H
#define RZ_CLI_PICK_PROVIDER_H

#include "cli/cli.h"

/* Opens it. `can` says which kinds will do; `what` names the ability: "has a session". RZ_INVALID with
 * a diagnostic where none or several do, or the one named does not. */
enum rz_status rz_cli_pick_provider(struct rz_cli *cli, struct rz_project *project,
                                    bool (*can)(const struct rz_provider_ops *ops),
                                    const char *what, struct rz_provider **provider);

/* What `cache stats` and `cache clear` do with --provider. Exit code. */
int rz_cli_provider_cache(struct rz_cli *cli, bool clear);

#endif
