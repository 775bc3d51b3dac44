/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal: runs, zones, changes with before and after, batches, locks, snapshots. One interface
 * before SQLite and PostgreSQL. Calls may come from several threads. */
#ifndef RZ_JOURNAL_JOURNAL_H
#define RZ_JOURNAL_JOURNAL_H

#include "plan/plan.h"

struct rz_journal;

enum rz_zone_state {
    RZ_STATE_PLANNED,
    RZ_STATE_LOCKED,
    RZ_STATE_APPLYING,
    RZ_STATE_APPLIED,
    RZ_STATE_VERIFYING,
    RZ_STATE_COMMITTED,
    RZ_STATE_ROLLING_BACK,
    RZ_STATE_ROLLED_BACK,
    RZ_STATE_UNKNOWN,
    RZ_STATE_FAILED, /* nothing was changed */
};
const char *rz_zone_state_text(enum rz_zone_state state);
bool rz_zone_state_parse(enum rz_zone_state *state, struct rz_str text);

/* One run of apply, rollback or an imperative command. Ids are decimal and grow. */
struct rz_run {
    int64_t id;
    const char *command; /* "apply", "rollback 12" */
    const char *actor, *host, *commit, *plan_id, *flags;
    const char *version;
    const char *signers;  /* public keys that signed the plan, hexadecimal, blanks between; NULL */
    int64_t plan_created; /* when the plan was made, milliseconds */
    int64_t undoes; /* rollback and recover: the run that is undone or finished; 0 otherwise */
    int64_t started, ended; /* seconds; ended 0: open */
    const char *status;     /* "running", "committed", "rolled_back", "failed", "unknown" */
    size_t zones, creates, updates, deletes;
};

/* A zone of a run as the journal has it. */
struct rz_run_zone {
    int64_t run;
    const char *zone, *target; /* name without final dot; provider's name */
    enum rz_zone_state state;
    uint32_t serial_before, serial_after;
    const char *detail; /* last error in words, NULL */
    bool created_zone, deleted_zone;
    size_t creates, updates, deletes;
    int64_t changed; /* when the state was set */
    /* When a rollback or recovery commits: the run it mends, what the zone becomes there, why. */
    int64_t mends;
    enum rz_zone_state mended;
    const char *mended_detail;
    /* Written with the state, in one transaction; NULL: the one there is stays. run and taken are the
     * journal's to set. */
    const struct rz_snapshot *snapshot; /* journal/snapshot.h */
    const struct rz_str *applied; /* the same of journal/applied.h; of no octets: kept no more */
    const char *verification;     /* the same; read: NULL where nothing was verified */
};

/* Opens "sqlite:PATH" (below the project directory unless absolute; created 0600), "postgresql://…"
 * (postgresql_url.h; the schema `rezone` of the database) or "none": only the intent of the run under
 * way, in .rezone/intent.db, which is removed when the journal is closed and every zone ended well.
 * Migrations run in a transaction. */
enum rz_status rz_journal_open(struct rz_journal **journal, const char *state,
                               struct rz_context *context, struct rz_diags *diags);
void rz_journal_close(struct rz_journal *journal);

/* Whether it is a text that rz_journal_open can take; reads no secret and opens nothing. `wrong` says
 * what is wrong with a URL (NULL: it is no kind of state at all), `hint` what to write instead. What
 * they say may live in `scratch`. */
bool rz_journal_check_state(const char *state, struct rz_buffer *scratch, const char **wrong,
                            const char **hint);
/* Whether `state` keeps runs that have ended; and whether that journal has been made. */
bool rz_journal_is_kept(const char *state);
bool rz_journal_is_begun(const char *state, const struct rz_context *context);

/* Starts a run: fills run->id and started. Other processes see that it is alive until the journal is
 * closed or this process ends, however it does; in PostgreSQL a killed one is found dead when its lease
 * has run out. */
enum rz_status rz_journal_begin(struct rz_journal *journal, struct rz_run *run,
                                struct rz_diags *diags);
enum rz_status rz_journal_end(struct rz_journal *journal, int64_t run, const char *status,
                              struct rz_diags *diags);

/* Takes the zone's lock at this target for the run and returns its fencing number, which every later
 * write of the zone carries. RZ_CONFLICT: another run holds it (who and since when is in the
 * diagnostic). RZ_REFUSED: an earlier run left the zone open (names the command that mends it). */
enum rz_status rz_journal_lock(struct rz_journal *journal, int64_t run, const char *zone,
                               const char *target, int64_t *fence, struct rz_diags *diags);
/* Before each request that changes something: RZ_REFUSED where others may think this process dead and
 * have taken its zones over. It looks at the clock and asks nobody. */
enum rz_status rz_journal_hold(struct rz_journal *journal, const char *zone, const char *target,
                               struct rz_diags *diags);
enum rz_status rz_journal_unlock(struct rz_journal *journal, int64_t run, const char *zone,
                                 const char *target, int64_t fence, struct rz_diags *diags);

/* Makes the zone's before image and intent durable: all changes with before and after. When this
 * returns RZ_OK they survive a power cut. What is written afterwards (states, batches) survives a
 * killed process at once and a power cut from rz_journal_end on. */
enum rz_status rz_journal_intent(struct rz_journal *journal, int64_t run, int64_t fence,
                                 const struct rz_zone_plan *plan, struct rz_diags *diags);

/* Sets the zone's state. `detail` may be NULL. RZ_REFUSED: the fence is stale. With `mends` and the
 * state committed, the zone of that run is settled in the same transaction. */
enum rz_status rz_journal_state(struct rz_journal *journal, int64_t run, int64_t fence,
                                const struct rz_run_zone *zone, struct rz_diags *diags);

/* Records that batch number `batch` (from 0) covers changes [first, end) in order sent, and its
 * outcome: "sent", "done", "not done", "unknown". */
enum rz_status rz_journal_batch(struct rz_journal *journal, int64_t run, int64_t fence,
                                const struct rz_run_zone *zone, size_t batch, size_t first,
                                size_t end, const char *outcome, struct rz_diags *diags);

/* Reads back a zone's changes as a plan that did them: for rollback and recover. Caller frees. */
enum rz_status rz_journal_zone_plan(struct rz_journal *journal, int64_t run, const char *zone,
                                    const char *target, struct rz_zone_plan **plan,
                                    struct rz_diags *diags);

/* RZ_REFUSED with the command that mends it where a run that has ended left the zone open. Takes no
 * lock: for an apply that finds nothing to do. */
enum rz_status rz_journal_settled(struct rz_journal *journal, const char *zone, const char *target,
                                  struct rz_diags *diags);
/* Whether a zone of the plan was committed; when the zone's newest committed plan was made (milliseconds,
 * 0: none), but for runs that mended those of the plan `mended` (NULL): no old one lands over a newer. */
enum rz_status rz_journal_plan_seen(struct rz_journal *journal, const char *plan_id, bool *applied,
                                    struct rz_diags *diags);
enum rz_status rz_journal_newest_plan(struct rz_journal *journal, const char *zone,
                                      const char *target, const char *mended, int64_t *created,
                                      struct rz_diags *diags);

/* Numbers of the runs that were killed or left zones open and whose process is gone, the oldest
 * first. The caller frees `*runs`. */
enum rz_status rz_journal_left_open(struct rz_journal *journal, int64_t **runs, size_t *count,
                                    struct rz_diags *diags);

/* When the run sent what it had no answer to, seconds; 0: there is no such thing. */
enum rz_status rz_journal_in_flight(struct rz_journal *journal, int64_t run, const char *zone,
                                    const char *target, int64_t *time, struct rz_diags *diags);

/* Closes the zones of a dead run that were locked and never sent, and the run where no zone of it is
 * open any more. */
enum rz_status rz_journal_close_run(struct rz_journal *journal, int64_t run,
                                    struct rz_diags *diags);

/* A zone's lock and who holds it. */
struct rz_lock {
    const char *zone, *target;
    int64_t run, fence, since; /* since: seconds */
    const char *actor, *host, *command;
    bool alive; /* the holder's process still lives */
    bool
        zone_open; /* the holder may have sent something: it must be mended after the lock is gone */
};
enum rz_status rz_journal_locks(struct rz_journal *journal,
                                void (*visit)(void *user, const struct rz_lock *lock), void *user,
                                struct rz_diags *diags);
/* Removes the lock with this fencing number; every later write of its holder is refused. RZ_NOT_FOUND
 * where it is gone already. */
enum rz_status rz_journal_break_lock(struct rz_journal *journal, const char *zone,
                                     const char *target, int64_t fence, struct rz_diags *diags);

/* Copies the whole journal, as it is at one moment, to a new file (0600) that no other program needs
 * to stop for. The file must not exist unless `force`. */
enum rz_status rz_journal_backup(struct rz_journal *journal, const char *path, bool force,
                                 struct rz_diags *diags);
/* Makes the journal what a backup has. RZ_REFUSED while anybody else has the journal open, or where
 * zones are open that the backup knows nothing of (unless `force`). Numbers of runs and fences go on
 * from the higher of the two. */
enum rz_status rz_journal_restore(struct rz_journal *journal, const char *path, bool force,
                                  struct rz_diags *diags);
/* Deletes runs that began before `before`, but those with open zones and the last committed run of each
 * zone: what must be known for later runs stays. */
enum rz_status rz_journal_prune(struct rz_journal *journal, int64_t before, size_t *runs,
                                size_t *changes, struct rz_diags *diags);

/* For `history` and `show`. NULL or 0 members do not filter. */
struct rz_history_filter {
    const char *zone, *owner, *type, *actor, *status;
    int64_t since, until, run;
    size_t limit, offset; /* limit 0: 50 */
    bool oldest_first;
};
struct rz_history_change {
    int64_t run, time;
    const char *zone, *target, *owner, *type, *action, *actor, *commit, *status;
    const char *before, *after; /* "TTL RDATA" lines, NULL where none */
};
enum rz_status rz_journal_runs(struct rz_journal *journal, const struct rz_history_filter *filter,
                               void (*visit)(void *user, const struct rz_run *run), void *user,
                               struct rz_diags *diags);
enum rz_status rz_journal_run_zones(struct rz_journal *journal, int64_t run,
                                    void (*visit)(void *user, const struct rz_run_zone *zone),
                                    void *user, struct rz_diags *diags);
enum rz_status rz_journal_changes(struct rz_journal *journal,
                                  const struct rz_history_filter *filter,
                                  void (*visit)(void *user, const struct rz_history_change *change),
                                  void *user, struct rz_diags *diags);

#endif
