/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Undelivered messages in the journal. */
#include "journal/notices.h"

#include "journal/journal_internal.h"

static enum rz_status bound(struct rz_session *session, const char *receiver,
                            struct rz_diags *diags)
{
    enum rz_status status = rz_session_exec(session, diags, NULL,
                                            "DELETE FROM notices WHERE created < ?", "i",
                                            rz_journal_now(session->journal) - RZ_NOTICES_AGE);
    if (status != RZ_OK)
        return status;
    return rz_session_exec(session, diags, NULL,
                           "DELETE FROM notices WHERE receiver = ?1 AND message NOT IN "
                           "(SELECT message FROM notices WHERE receiver = ?1 "
                           "ORDER BY created DESC, run DESC, message DESC LIMIT ?2)",
                           "ti", receiver, (int64_t)RZ_NOTICES_KEPT);
}

enum rz_status rz_journal_keep_notice(struct rz_journal *journal,
                                      const struct rz_kept_notice *notice, struct rz_diags *diags)
{
    if (journal->transient)
        return RZ_OK;
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, NULL,
        "INSERT INTO notices (receiver, message, shown, event, run, created, tries, why, subject, "
        "body, json) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT (receiver, message) "
        "DO UPDATE SET tries = notices.tries + 1, why = excluded.why",
        "ttttiitttt", notice->receiver, notice->message, notice->shown, notice->event, notice->run,
        notice->created, notice->why, notice->subject, notice->body, notice->json);
    if (status == RZ_OK)
        status = bound(session, notice->receiver, diags);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_drop_notice(struct rz_journal *journal, const char *receiver,
                                      const char *message, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_WRITE, diags);
    if (!session)
        return RZ_IO;
    enum rz_status status = rz_session_exec(
        session, diags, NULL, "DELETE FROM notices WHERE receiver = ? AND message = ?", "tt",
        receiver, message);
    return rz_session_finish(session, status, diags);
}

enum rz_status rz_journal_notices(struct rz_journal *journal, const char *receiver,
                                  void (*visit)(void *user, const struct rz_kept_notice *notice),
                                  void *user, struct rz_diags *diags)
{
    struct rz_session *session = rz_session_start(journal, RZ_READ, diags);
    if (!session)
        return RZ_IO;
    struct rz_rows *row = rz_session_query(
        session, diags,
        "SELECT receiver, message, shown, event, run, created, tries, why, subject, body, json "
        "FROM notices WHERE (?1 IS NULL OR receiver = ?1) AND created >= ?2 "
        "ORDER BY created, run, message",
        "ti", receiver, rz_journal_now(journal) - RZ_NOTICES_AGE);
    while (row && rz_rows_next(row)) {
        struct rz_kept_notice notice = {.receiver = rz_rows_text(row, 0),
                                        .message = rz_rows_text(row, 1),
                                        .shown = rz_rows_text(row, 2),
                                        .event = rz_rows_text(row, 3),
                                        .run = rz_rows_int(row, 4),
                                        .created = rz_rows_int(row, 5),
                                        .tries = rz_rows_int(row, 6),
                                        .why = rz_rows_text(row, 7),
                                        .subject = rz_rows_text(row, 8),
                                        .body = rz_rows_text(row, 9),
                                        .json = rz_rows_text(row, 10)};
        visit(user, &notice);
    }
    return rz_session_finish(session, rz_rows_end(row, diags), diags);
}
