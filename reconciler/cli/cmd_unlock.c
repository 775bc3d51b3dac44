/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unlock: who has which zone in hand, and taking it from one who is gone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "journal/journal.h"
#include "support/alloc.h"
#include "support/json_write.h"

/* A lock noted while the journal is read; texts are in the arena of the command. */
struct held {
    struct rz_lock lock;
    bool broken;
};

struct holding {
    struct rz_cli *cli;
    struct rz_strings globs;
    struct held *items;
    size_t count, capacity;
};

static bool is_asked_for(const struct holding *holding, const char *zone)
{
    for (size_t i = 0; i < holding->globs.count; i++)
        if (rz_str_glob(holding->globs.items[i], zone))
            return true;
    return holding->globs.count == 0;
}

static void note_lock(void *user, const struct rz_lock *lock)
{
    struct holding *holding = user;
    struct rz_arena *arena = &holding->cli->arena;
    if (!is_asked_for(holding, lock->zone))
        return;
    holding->items = rz_grow(holding->items, &holding->capacity, holding->count + 1,
                             sizeof *holding->items);
    struct held *held = &holding->items[holding->count++];
    *held = (struct held){.lock = *lock};
    held->lock.zone = rz_arena_strdup(arena, lock->zone);
    held->lock.target = rz_arena_strdup(arena, lock->target);
    held->lock.actor = rz_arena_strdup(arena, lock->actor);
    held->lock.host = rz_arena_strdup(arena, lock->host);
    held->lock.command = rz_arena_strdup(arena, lock->command);
}

static void print(struct holding *holding, const struct held *held)
{
    const struct rz_lock *lock = &held->lock;
    struct rz_output *out = &holding->cli->out;
    char time[RZ_TIME_TEXT_MAX];
    rz_buffer_printf(&out->text, "%s → %s: run %" PRId64 " (", lock->zone, lock->target, lock->run);
    rz_buffer_visible(&out->text, rz_str_of(lock->command));
    rz_buffer_text(&out->text, ") of ");
    rz_buffer_visible(&out->text, rz_str_of(lock->actor));
    rz_buffer_text(&out->text, " on ");
    rz_buffer_visible(&out->text, rz_str_of(lock->host));
    rz_buffer_printf(&out->text, " since %s UTC, fence %" PRId64 ", ",
                     rz_time_text(time, lock->since), lock->fence);
    rz_output_tinted(out, lock->alive ? RZ_TINT_GREEN : RZ_TINT_RED,
                     lock->alive ? "alive" : "dead");
    rz_buffer_text(&out->text, held->broken ? ": broken\n" : "\n");
}

static void report(struct holding *holding)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '[');
    for (size_t i = 0; i < holding->count; i++) {
        const struct rz_lock *lock = &holding->items[i].lock;
        if (!holding->cli->json) {
            print(holding, &holding->items[i]);
            continue;
        }
        rz_json_comma(&json);
        rz_buffer_char(&json, '{');
        rz_json_text(&json, "actor", lock->actor);
        rz_json_bool(&json, "alive", lock->alive);
        rz_json_bool(&json, "broken", holding->items[i].broken);
        rz_json_text(&json, "command", lock->command);
        rz_json_int(&json, "fence", lock->fence);
        rz_json_text(&json, "host", lock->host);
        rz_json_int(&json, "run", lock->run);
        rz_json_time(&json, "since", lock->since);
        rz_json_text(&json, "target", lock->target);
        rz_json_text(&json, "zone", lock->zone);
        rz_json_bool(&json, "zone_open", lock->zone_open);
        rz_buffer_char(&json, '}');
    }
    rz_buffer_text(&json, "]\n");
    if (holding->cli->json)
        rz_cli_json(holding->cli, &json);
    else if (holding->count == 0)
        rz_buffer_text(&holding->cli->out.text, "No zone is locked.\n");
}

/* Exit code. */
static int break_lock(struct holding *holding, struct rz_journal *journal, struct held *held)
{
    struct rz_diags *diags = &holding->cli->diags;
    const struct rz_lock *lock = &held->lock;
    if (lock->alive && !holding->cli->options.given[RZ_OPT_FORCE]) {
        struct rz_diag *diag = rz_diags_add(diags, RZ5202, rz_place_named(lock->zone),
                                            "run %" PRId64
                                            " of %s on %s is alive and has the zone in hand at %s",
                                            lock->run, lock->actor, lock->host, lock->target);
        rz_diag_hint(diags, diag,
                     "wait until it has ended; with --force it is stopped before its next step");
        return RZ_EXIT_REFUSED;
    }
    enum rz_status status = rz_journal_break_lock(journal, lock->zone, lock->target, lock->fence,
                                                  diags);
    held->broken = status == RZ_OK;
    if (held->broken && lock->zone_open) {
        struct rz_diag *diag = rz_diags_add(
            diags, RZ5009, rz_place_named(lock->zone),
            "run %" PRId64 " may have sent a part of its changes to %s", lock->run, lock->target);
        rz_diag_hint(diags, diag, "`rezone recover` proves what the zone is and mends it");
    }
    /* Gone meanwhile: that is what was asked for. */
    return status == RZ_OK || status == RZ_NOT_FOUND ? RZ_EXIT_DONE : rz_cli_exit(status);
}

static int unlock(struct holding *holding, struct rz_journal *journal)
{
    int exit_code = RZ_EXIT_DONE;
    if (rz_journal_locks(journal, note_lock, holding, &holding->cli->diags) != RZ_OK)
        return RZ_EXIT_ERROR;
    /* Without a zone it only shows. */
    for (size_t i = 0; holding->globs.count && i < holding->count; i++) {
        int code = break_lock(holding, journal, &holding->items[i]);
        exit_code = code ? code : exit_code;
    }
    report(holding);
    return exit_code;
}

int rz_command_unlock(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_journal *journal = NULL;
    struct holding holding = {.cli = cli, .globs = rz_cli_globs(cli)};
    int exit_code = RZ_EXIT_ERROR;
    if (rz_cli_open(cli, &project, NULL, NULL)) {
        enum rz_status status = rz_journal_open(&journal, project.state, &cli->context,
                                                &cli->diags);
        exit_code = status == RZ_OK ? unlock(&holding, journal) : rz_cli_exit(status);
    }
    rz_journal_close(journal);
    free(holding.items);
    rz_project_free(&project);
    return exit_code;
}
