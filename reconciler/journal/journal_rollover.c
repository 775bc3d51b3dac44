/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs in the journal. */
#include "journal/journal_internal.h"
#include "journal/rollover.h"

static enum rz_status change(struct rz_journal *journal, const struct rz_rollover_row *rollover,
                             bool ends, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_DURABLE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(session, diags, NULL,
                                            "DELETE FROM rollovers WHERE zone = ? AND target = ?",
                                            "tt", rollover->zone, rollover->target);
    if (status == RZ_OK && !ends)
        status = rz_session_exec(
            session, diags, NULL,
            "INSERT INTO rollovers (zone, target, kind, step, done, started, since, wait, margin, "
            "old_keys, new_keys) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "tttiiiiiitt", rollover->zone, rollover->target, rollover->kind, rollover->step,
            (int64_t)rollover->done, rollover->started, rollover->since, rollover->wait,
            rollover->margin, rollover->old_keys, rollover->new_keys);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_put_rollover(struct rz_journal *journal,
                                       const struct rz_rollover_row *rollover,
                                       struct rz_diags *diags)
{
    return change(journal, rollover, false, diags);
}

enum rz_status rz_journal_end_rollover(struct rz_journal *journal, const char *zone,
                                       const char *target, struct rz_diags *diags)
{
    struct rz_rollover_row rollover = {.zone = zone, .target = target};
    return change(journal, &rollover, true, diags);
}

enum rz_status rz_journal_rollovers(struct rz_journal *journal,
                                    void (*visit)(void *user,
                                                  const struct rz_rollover_row *rollover),
                                    void *user, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT zone, target, kind, step, done, started, since, wait, margin, old_keys, "
        "new_keys "
        "FROM rollovers ORDER BY zone, target",
        "");
    while (row && rz_rows_next(row)) {
        struct rz_rollover_row rollover = {.zone = rz_rows_text(row, 0),
                                           .target = rz_rows_text(row, 1),
                                           .kind = rz_rows_text(row, 2),
                                           .step = rz_rows_int(row, 3),
                                           .done = rz_rows_int(row, 4) != 0,
                                           .started = rz_rows_int(row, 5),
                                           .since = rz_rows_int(row, 6),
                                           .wait = rz_rows_int(row, 7),
                                           .margin = rz_rows_int(row, 8),
                                           .old_keys = rz_rows_text(row, 9),
                                           .new_keys = rz_rows_text(row, 10)};
        visit(user, &rollover);
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
}
