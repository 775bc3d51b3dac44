/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The database below the journal: sessions, transactions, statements with parameters, rows. All of the
 * journal's logic is above and written once, in SQL that every backend takes; what cannot be said the
 * same way everywhere is in the backend's table of operations. */
#ifndef RZ_JOURNAL_DATABASE_H
#define RZ_JOURNAL_DATABASE_H

#include "journal/journal.h"

struct rz_rows;
struct rz_inserts;

/* What a journal is to all backends; theirs begins with it. */
struct rz_journal {
    const struct rz_database_ops *ops;
    struct rz_context *context;
    char *name;     /* of messages; shows no secret */
    bool transient; /* state: none */
};

/* A connection in the hand of one thread, from rz_session_start to rz_session_finish. */
struct rz_session {
    struct rz_journal *journal;
};

enum rz_transaction {
    RZ_READ,    /* changes nothing */
    RZ_WRITE,   /* survives a killed process */
    RZ_DURABLE, /* survives a power cut; waits for the disk */
};

/* Takes a connection, waiting for one where all are in use, and begins a transaction. NULL with a
 * diagnostic. */
struct rz_session *rz_session_start(struct rz_journal *journal, enum rz_transaction kind,
                                    struct rz_diags *diags);
/* Commits where `status` is RZ_OK, takes everything back otherwise. Returns what it has come to. */
enum rz_status rz_session_finish(struct rz_session *session, enum rz_status status,
                                 struct rz_diags *diags);

/* A statement with parameters `?` or `?1`, whose types are letters: i int64_t, t text (NULL allowed),
 * b pointer and size_t. With `result`, the first column of the first row is stored there as a number
 * (0 for NULL); *result stays where there is no row. RZ_OK, or RZ_IO with a diagnostic. */
enum rz_status rz_session_exec(struct rz_session *session, struct rz_diags *diags, int64_t *result,
                               const char *sql, const char *types, ...);

/* The rows of a statement, one after another; NULL with a diagnostic. What is bound must stay until
 * their end; what a row gives is valid to the next. Other statements may be executed meanwhile. */
struct rz_rows *rz_session_query(struct rz_session *session, struct rz_diags *diags,
                                 const char *sql, const char *types, ...);
/* The same for rows that may be many or large: they need not all be in memory at once. */
struct rz_rows *rz_session_stream(struct rz_session *session, struct rz_diags *diags,
                                  const char *sql, const char *types, ...);
bool rz_rows_next(struct rz_rows *rows);                    /* false: the end, or an error */
int64_t rz_rows_int(struct rz_rows *rows, int column);      /* 0 for NULL */
const char *rz_rows_text(struct rz_rows *rows, int column); /* NULL for NULL */
const void *rz_rows_blob(struct rz_rows *rows, int column, size_t *size);
/* Ends them, read to the end or not. RZ_IO with a diagnostic where there was an error, and for NULL. */
enum rz_status rz_rows_end(struct rz_rows *rows, struct rz_diags *diags);

/* One statement many times, whose outcome is only known at the end: `types` as above. */
struct rz_inserts *rz_inserts_begin(struct rz_session *session, struct rz_diags *diags,
                                    const char *sql, const char *types);
bool rz_inserts_add(struct rz_inserts *inserts, ...);
enum rz_status rz_inserts_end(struct rz_inserts *inserts, struct rz_diags *diags);

/* Whether the process that runs `run` still lives. The caller's own runs may not show. */
bool rz_session_run_alive(struct rz_session *session, int64_t run);

/* --- What a backend is --- */

struct rz_bound {
    char type;
    int64_t number;
    const void *data; /* text ends with NUL */
    size_t size;      /* of a blob */
};
#define RZ_PARAMETERS_MAX 16

/* Each as the function of its name above says. */
struct rz_database_ops {
    const char *scheme; /* what `state:` begins with */
    /* NULL with a diagnostic. `state` is the whole text. */
    struct rz_journal *(*open)(const char *state, struct rz_context *context,
                               struct rz_diags *diags);
    void (*close)(struct rz_journal *journal);

    struct rz_session *(*start)(struct rz_journal *journal, enum rz_transaction kind,
                                struct rz_diags *diags);
    enum rz_status (*commit)(struct rz_session *session, struct rz_diags *diags);
    /* Takes back what is not committed, and gives the connection to others. */
    void (*release)(struct rz_session *session);

    struct rz_rows *(*query)(struct rz_session *session, struct rz_diags *diags, const char *sql,
                             const struct rz_bound *parameters);
    struct rz_rows *(*stream)(struct rz_session *session, struct rz_diags *diags, const char *sql,
                              const struct rz_bound *parameters);
    bool (*next)(struct rz_rows *rows);
    int64_t (*column_int)(struct rz_rows *rows, int column);
    const char *(*column_text)(struct rz_rows *rows, int column);
    const void *(*column_blob)(struct rz_rows *rows, int column, size_t *size);
    enum rz_status (*end)(struct rz_rows *rows, struct rz_diags *diags);

    struct rz_inserts *(*inserts_begin)(struct rz_session *session, struct rz_diags *diags,
                                        const char *sql, const char *types);
    bool (*inserts_add)(struct rz_inserts *inserts, const struct rz_bound *parameters);
    enum rz_status (*inserts_end)(struct rz_inserts *inserts, struct rz_diags *diags);

    bool (*run_alive)(struct rz_session *session, int64_t run);
    /* Within the transaction that makes the run: from here on it is alive, to the end of this process
     * or until the journal is closed. */
    enum rz_status (*claim_run)(struct rz_session *session, int64_t run, struct rz_diags *diags);
    /* Without asking anybody: whether others must still think this process's runs alive. */
    bool (*may_send)(struct rz_journal *journal);
    /* Until the transaction ends nobody else takes or loses this lock. */
    enum rz_status (*serialize)(struct rz_session *session, const char *zone, const char *target,
                                struct rz_diags *diags);

    enum rz_status (*backup)(struct rz_journal *journal, const char *path, struct rz_diags *diags);
    enum rz_status (*restore)(struct rz_journal *journal, const char *path, bool force,
                              struct rz_diags *diags);
    void (*shrink)(struct rz_journal *journal); /* after much was deleted */
    /* The highest numbers given so far; and that later ones are higher than these. */
    enum rz_status (*last_numbers)(struct rz_session *session, int64_t *run, int64_t *fence,
                                   struct rz_diags *diags);
    enum rz_status (*go_on_from)(struct rz_session *session, int64_t run, int64_t fence,
                                 struct rz_diags *diags);
    /* Within a transaction: nobody else reads or writes any more; how many have the journal open. NULL
     * where `restore` knows another way. */
    enum rz_status (*lock_all)(struct rz_session *session, int64_t *others, struct rz_diags *diags);

    bool has_queues; /* journal/queue.h; its SQL is this backend's alone */
    /* Words that differ. */
    const char *next_fence;   /* a statement with one row: a number never given before */
    const char *ordered_join; /* a join whose left side is read first */
    const char *hold_lock;    /* behind a SELECT from `locks`: nobody takes it before the commit */
    const char *hold_row;     /* behind a SELECT: nobody else changes the row before the commit */
};

extern const struct rz_database_ops rz_database_sqlite, rz_database_postgresql;

/* What rows and inserts begin with. */
struct rz_rows {
    struct rz_session *session;
};
struct rz_inserts {
    struct rz_session *session;
    const char *types;
};

#endif
