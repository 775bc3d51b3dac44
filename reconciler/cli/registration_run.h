/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of registrations as plans: shown, asked about, transacted, journaled, verified at the parent. */
#ifndef RZ_CLI_REGISTRATION_RUN_H
#define RZ_CLI_REGISTRATION_RUN_H

#include "cli/domain.h"
#include "plan/plan.h"

/* What a command does to a registration. */
struct rz_registration_edit {
    const char *command;   /* for the journal: "domain nameservers set" */
    const char *operation; /* of the envelope: "update" */
    const char *question;
    uint16_t type;        /* the RRset at the name, or at `owner`, that it is about */
    const uint8_t *owner; /* NULL: the name itself */
    /* Adds what is to change. */
    enum rz_status (*fill)(void *user, struct rz_zone_plan *plan, const struct rz_zone *live);
    void *user;
};

/* Plans the edit of each name, carries it out and reports. Exit code. */
int rz_registration_run(struct rz_domain_command *command, const struct rz_strings *names,
                        const struct rz_registration_edit *edit);
/* Returns the exit code, after the envelope of a failure where nothing was printed yet. */
int rz_registration_end(struct rz_cli *cli, const struct rz_registration_edit *edit, int exit_code);

/* Adds the change of one RRset, unless there is none: `records` are the RDATA it is to have. */
struct rz_registration_record {
    const uint8_t *wire;
    uint16_t size;
};
void rz_registration_change(struct rz_zone_plan *plan, const struct rz_zone *live,
                            const uint8_t *owner, uint16_t type,
                            const struct rz_registration_record *records, size_t count);

#endif
