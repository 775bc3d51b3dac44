/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements in PostgreSQL: prepared once a connection, numbers and octets in binary form, large
 * results through a cursor, inserts in a pipeline. */
#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/postgresql_internal.h"
#include "support/alloc.h"

#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25
#define BINARY 1
#define FETCH_ROWS "16"
#define NAME_MAX_SIZE 32
#define PIPELINE_MAX 256 /* statements sent before their outcomes are read */

struct pg_rows {
    struct rz_rows rows;
    PGresult *result;
    int row;         /* -1 before the first */
    unsigned cursor; /* 0: the result is all there is */
    bool failed;
    struct rz_diags diags; /* why */
};

struct pg_inserts {
    struct rz_inserts inserts;
    char name[NAME_MAX_SIZE];
    size_t sent;
    bool failed;
    struct rz_diags diags;
};

/* What libpq takes for parameters. */
struct arguments {
    const char *values[RZ_PARAMETERS_MAX];
    int lengths[RZ_PARAMETERS_MAX], formats[RZ_PARAMETERS_MAX];
    uint64_t numbers[RZ_PARAMETERS_MAX];
    Oid types[RZ_PARAMETERS_MAX];
    int count;
};

static Oid type_of(char letter)
{
    return letter == 'i' ? OID_INT8 : letter == 't' ? OID_TEXT : OID_BYTEA;
}

static void set_arguments(struct arguments *arguments, const struct rz_bound *bound)
{
    int i = 0;
    for (; bound[i].type; i++) {
        arguments->types[i] = type_of(bound[i].type);
        arguments->formats[i] = bound[i].type != 't';
        arguments->values[i] = bound[i].data;
        arguments->lengths[i] = (int)bound[i].size;
        if (bound[i].type == 'b' && !bound[i].data && bound[i].size == 0)
            arguments->values[i] = "";
        if (bound[i].type == 'i') {
            arguments->numbers[i] = htobe64((uint64_t)bound[i].number);
            arguments->values[i] = (const char *)&arguments->numbers[i];
            arguments->lengths[i] = sizeof arguments->numbers[i];
        }
    }
    arguments->count = i;
}

/* `?` and `?1` become `$1`; texts in quotes stay. */
static void translate(struct rz_buffer *out, const char *sql)
{
    unsigned next = 0;
    bool quoted = false;
    for (; *sql; sql++) {
        quoted ^= *sql == '\'';
        if (*sql != '?' || quoted) {
            rz_buffer_char(out, *sql);
            continue;
        }
        rz_buffer_char(out, '$');
        if (!isdigit((unsigned char)sql[1]))
            rz_buffer_uint(out, ++next);
    }
}

/* The name of the prepared statement, "" for the one without a name where there are too many. */
static bool prepare(struct rz_session *base, const char *sql, const Oid *types, int count,
                    char name[NAME_MAX_SIZE], struct rz_diags *diags)
{
    struct rz_pg_session *session = rz_pg_session(base);
    struct rz_hash hash = rz_hash_of(sql, strlen(sql));
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (size_t i = 0; i < session->prepared_count; i++)
        if (rz_hash_equal(session->prepared[i], hash)) {
            snprintf(name, NAME_MAX_SIZE, "s%zu", i);
            return true;
        }
    bool named = session->prepared_count < RZ_PG_STATEMENTS;
    name[0] = '\0'; /* without a name it is kept until the next */
    if (named)
        snprintf(name, NAME_MAX_SIZE, "s%zu", session->prepared_count);
    translate(&text, sql);
    PGresult *result = PQprepare(session->connection, name, text.data, count, types);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!good)
        rz_pg_fail(rz_pg_of(base), session->connection, result, diags);
    else if (named)
        session->prepared[session->prepared_count++] = hash;
    PQclear(result);
    return good;
}

static struct rz_rows *make_rows(struct rz_session *session, PGresult *result)
{
    struct pg_rows *rows = rz_alloc_zero(1, sizeof *rows);
    rows->rows.session = session;
    rows->result = result;
    rows->row = -1;
    return &rows->rows;
}

struct rz_rows *rz_pg_query(struct rz_session *session, struct rz_diags *diags, const char *sql,
                            const struct rz_bound *bound)
{
    char name[NAME_MAX_SIZE];
    struct arguments a;
    set_arguments(&a, bound);
    if (!prepare(session, sql, a.types, a.count, name, diags))
        return NULL;
    PGconn *connection = rz_pg_session(session)->connection;
    PGresult *result = PQexecPrepared(connection, name, a.count, a.values, a.lengths, a.formats,
                                      BINARY);
    ExecStatusType got = PQresultStatus(result);
    if (got == PGRES_TUPLES_OK || got == PGRES_COMMAND_OK)
        return make_rows(session, result);
    rz_pg_fail(rz_pg_of(session), connection, result, diags);
    PQclear(result);
    return NULL;
}

struct rz_rows *rz_pg_stream(struct rz_session *session, struct rz_diags *diags, const char *sql,
                             const struct rz_bound *bound)
{
    struct arguments a;
    struct rz_pg_session *own = rz_pg_session(session);
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    set_arguments(&a, bound);
    rz_buffer_printf(&text, "DECLARE c%u BINARY NO SCROLL CURSOR FOR ", ++own->cursors);
    translate(&text, sql);
    PGresult *result = PQexecParams(own->connection, text.data, a.count, a.types, a.values,
                                    a.lengths, a.formats, BINARY);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!good)
        rz_pg_fail(rz_pg_of(session), own->connection, result, diags);
    PQclear(result);
    if (!good)
        return NULL;
    struct rz_rows *rows = make_rows(session, NULL);
    ((struct pg_rows *)rows)->cursor = own->cursors;
    return rows;
}

static bool fetch(struct pg_rows *rows)
{
    char text[64];
    struct rz_session *session = rows->rows.session;
    PGconn *connection = rz_pg_session(session)->connection;
    snprintf(text, sizeof text, "FETCH " FETCH_ROWS " FROM c%u", rows->cursor);
    PQclear(rows->result);
    rows->result = PQexecParams(connection, text, 0, NULL, NULL, NULL, NULL, BINARY);
    rows->row = 0;
    if (PQresultStatus(rows->result) == PGRES_TUPLES_OK)
        return PQntuples(rows->result) > 0;
    rz_pg_fail(rz_pg_of(session), connection, rows->result, &rows->diags);
    rows->failed = true;
    return false;
}

bool rz_pg_next(struct rz_rows *rows)
{
    struct pg_rows *own = (struct pg_rows *)rows;
    if (own->failed)
        return false;
    if (own->result && ++own->row < PQntuples(own->result))
        return true;
    return own->cursor && fetch(own);
}

int64_t rz_pg_column_int(struct rz_rows *rows, int column)
{
    const struct pg_rows *own = (const struct pg_rows *)rows;
    if (PQgetisnull(own->result, own->row, column))
        return 0;
    const unsigned char *octets = (const unsigned char *)PQgetvalue(own->result, own->row, column);
    int length = PQgetlength(own->result, own->row, column);
    uint64_t value = length && octets[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < length; i++)
        value = value << 8 | octets[i];
    return (int64_t)value;
}

const char *rz_pg_column_text(struct rz_rows *rows, int column)
{
    const struct pg_rows *own = (const struct pg_rows *)rows;
    return PQgetisnull(own->result, own->row, column) ? NULL
                                                      : PQgetvalue(own->result, own->row, column);
}

const void *rz_pg_column_blob(struct rz_rows *rows, int column, size_t *size)
{
    const struct pg_rows *own = (const struct pg_rows *)rows;
    *size = (size_t)PQgetlength(own->result, own->row, column);
    return rz_pg_column_text(rows, column);
}

enum rz_status rz_pg_end(struct rz_rows *rows, struct rz_diags *diags)
{
    struct pg_rows *own = (struct pg_rows *)rows;
    enum rz_status status = own->failed ? RZ_IO : RZ_OK;
    rz_diags_take(diags, &own->diags);
    rz_diags_free(&own->diags);
    PQclear(own->result);
    free(own);
    return status;
}

struct rz_inserts *rz_pg_inserts_begin(struct rz_session *session, struct rz_diags *diags,
                                       const char *sql, const char *types)
{
    Oid oids[RZ_PARAMETERS_MAX];
    int count = 0;
    for (; types[count]; count++)
        oids[count] = type_of(types[count]);
    struct pg_inserts *inserts = rz_alloc_zero(1, sizeof *inserts);
    inserts->inserts = (struct rz_inserts){.session = session, .types = types};
    PGconn *connection = rz_pg_session(session)->connection;
    if (!prepare(session, sql, oids, count, inserts->name, diags)) {
        free(inserts);
        return NULL;
    }
    if (PQenterPipelineMode(connection) == 1)
        return &inserts->inserts;
    rz_pg_fail(rz_pg_of(session), connection, NULL, diags);
    free(inserts);
    return NULL;
}

/* Reads the outcome of all that was sent. */
static void collect(struct pg_inserts *inserts)
{
    struct rz_session *session = inserts->inserts.session;
    PGconn *connection = rz_pg_session(session)->connection;
    bool synchronized = false, first = !inserts->failed;
    inserts->failed |= PQpipelineSync(connection) != 1;
    /* A NULL ends each statement's results; two in a row are the end of a lost connection. */
    for (int nothing = 0; !synchronized && nothing < 2;) {
        PGresult *result = PQgetResult(connection);
        ExecStatusType got = PQresultStatus(result);
        nothing = result ? 0 : nothing + 1;
        synchronized = got == PGRES_PIPELINE_SYNC;
        if (result && got == PGRES_FATAL_ERROR && first) {
            rz_pg_fail(rz_pg_of(session), connection, result, &inserts->diags);
            first = false;
        }
        inserts->failed |= result && got != PGRES_COMMAND_OK && !synchronized;
        PQclear(result);
    }
    inserts->failed |= !synchronized;
    inserts->sent = 0;
}

bool rz_pg_inserts_add(struct rz_inserts *inserts, const struct rz_bound *bound)
{
    struct arguments a;
    struct pg_inserts *own = (struct pg_inserts *)inserts;
    set_arguments(&a, bound);
    own->failed |= PQsendQueryPrepared(rz_pg_session(inserts->session)->connection, own->name,
                                       a.count, a.values, a.lengths, a.formats, BINARY)
                   != 1;
    if (++own->sent == PIPELINE_MAX)
        collect(own);
    return !own->failed;
}

enum rz_status rz_pg_inserts_end(struct rz_inserts *inserts, struct rz_diags *diags)
{
    struct pg_inserts *own = (struct pg_inserts *)inserts;
    PGconn *connection = rz_pg_session(inserts->session)->connection;
    collect(own);
    own->failed |= PQexitPipelineMode(connection) != 1;
    if (own->failed && own->diags.count == 0)
        rz_pg_fail(rz_pg_of(inserts->session), connection, NULL, &own->diags);
    enum rz_status status = own->failed ? RZ_IO : RZ_OK;
    rz_diags_take(diags, &own->diags);
    rz_diags_free(&own->diags);
    free(own);
    return status;
}
