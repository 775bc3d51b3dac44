/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text by which the owner of a name shows that the name is theirs: nobody else can publish it there,
 * and nobody else's text will do. */
#ifndef RZ_CLI_CHALLENGE_H
#define RZ_CLI_CHALLENGE_H

#include "cli/cli.h"

#define RZ_CHALLENGE_LABEL "_rezone-challenge"

/* The owner and the text of the TXT record for `name`: always the same in a project, from a random key in
 * .rezone/challenge.key (0600), which is made with the first need. False with a diagnostic. */
bool rz_challenge(struct rz_cli *cli, const struct rz_name *name, struct rz_name *owner,
                  char token[64]);

#endif
