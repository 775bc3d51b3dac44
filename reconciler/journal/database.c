/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way from the journal's statements to its backend. */
#include "journal/database.h"

#include <assert.h>
#include <stdarg.h>

#include "support/fault.h"

struct rz_session *rz_session_start(struct rz_journal *journal, enum rz_transaction kind,
                                    struct rz_diags *diags)
{
    if (kind != RZ_READ)
        RZ_FAULT("journal.begin");
    return journal->ops->start(journal, kind, diags);
}

enum rz_status rz_session_finish(struct rz_session *session, enum rz_status status,
                                 struct rz_diags *diags)
{
    if (status == RZ_OK)
        status = session->journal->ops->commit(session, diags);
    session->journal->ops->release(session);
    return status;
}

static void take_parameters(struct rz_bound *parameters, const char *types, va_list arguments)
{
    size_t count = strlen(types);
    assert(count <= RZ_PARAMETERS_MAX);
    for (size_t i = 0; i < count; i++) {
        parameters[i] = (struct rz_bound){.type = types[i]};
        if (types[i] == 'i') {
            parameters[i].number = va_arg(arguments, int64_t);
        } else {
            parameters[i].data = va_arg(arguments, const void *);
            if (types[i] == 'b')
                parameters[i].size = va_arg(arguments, size_t);
        }
    }
    parameters[count] = (struct rz_bound){0};
}

struct rz_rows *rz_session_query(struct rz_session *session, struct rz_diags *diags,
                                 const char *sql, const char *types, ...)
{
    struct rz_bound parameters[RZ_PARAMETERS_MAX + 1];
    va_list arguments;
    va_start(arguments, types);
    take_parameters(parameters, types, arguments);
    va_end(arguments);
    return session->journal->ops->query(session, diags, sql, parameters);
}

struct rz_rows *rz_session_stream(struct rz_session *session, struct rz_diags *diags,
                                  const char *sql, const char *types, ...)
{
    struct rz_bound parameters[RZ_PARAMETERS_MAX + 1];
    va_list arguments;
    va_start(arguments, types);
    take_parameters(parameters, types, arguments);
    va_end(arguments);
    return session->journal->ops->stream(session, diags, sql, parameters);
}

enum rz_status rz_session_exec(struct rz_session *session, struct rz_diags *diags, int64_t *result,
                               const char *sql, const char *types, ...)
{
    struct rz_bound parameters[RZ_PARAMETERS_MAX + 1];
    va_list arguments;
    va_start(arguments, types);
    take_parameters(parameters, types, arguments);
    va_end(arguments);
    struct rz_rows *rows = session->journal->ops->query(session, diags, sql, parameters);
    for (bool first = true; rows && rz_rows_next(rows); first = false)
        if (first && result)
            *result = rz_rows_int(rows, 0);
    return rz_rows_end(rows, diags);
}

bool rz_rows_next(struct rz_rows *rows)
{
    return rows->session->journal->ops->next(rows);
}

int64_t rz_rows_int(struct rz_rows *rows, int column)
{
    return rows->session->journal->ops->column_int(rows, column);
}

const char *rz_rows_text(struct rz_rows *rows, int column)
{
    return rows->session->journal->ops->column_text(rows, column);
}

const void *rz_rows_blob(struct rz_rows *rows, int column, size_t *size)
{
    return rows->session->journal->ops->column_blob(rows, column, size);
}

enum rz_status rz_rows_end(struct rz_rows *rows, struct rz_diags *diags)
{
    return rows ? rows->session->journal->ops->end(rows, diags) : RZ_IO;
}

struct rz_inserts *rz_inserts_begin(struct rz_session *session, struct rz_diags *diags,
                                    const char *sql, const char *types)
{
    return session->journal->ops->inserts_begin(session, diags, sql, types);
}

bool rz_inserts_add(struct rz_inserts *inserts, ...)
{
    struct rz_bound parameters[RZ_PARAMETERS_MAX + 1];
    va_list arguments;
    va_start(arguments, inserts);
    take_parameters(parameters, inserts->types, arguments);
    va_end(arguments);
    return inserts->session->journal->ops->inserts_add(inserts, parameters);
}

enum rz_status rz_inserts_end(struct rz_inserts *inserts, struct rz_diags *diags)
{
    return inserts ? inserts->session->journal->ops->inserts_end(inserts, diags) : RZ_IO;
}

bool rz_session_run_alive(struct rz_session *session, int64_t run)
{
    return session->journal->ops->run_alive(session, run);
}
