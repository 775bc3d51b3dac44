/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue list, show, cancel and retry: plans that workers share. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "journal/queue.h"
#include "support/json_write.h"

#define LIMIT_MAX 1000000

/* What is being printed, and the queue that was asked for. */
struct listing {
    struct rz_cli *cli;
    struct rz_buffer json;
    int64_t queue; /* the last one seen */
    size_t count;
};

static enum rz_tint tint_of(enum rz_queue_state state)
{
    switch (state) {
    case RZ_QUEUE_COMMITTED: return RZ_TINT_GREEN;
    case RZ_QUEUE_WAITING:
    case RZ_QUEUE_TAKEN: return RZ_TINT_NONE;
    case RZ_QUEUE_ROLLED_BACK: return RZ_TINT_YELLOW;
    default: return RZ_TINT_RED;
    }
}

static void queue_json(struct rz_buffer *json, const struct rz_queue *queue)
{
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_text(json, "actor", queue->actor);
    rz_json_text(json, "commit", queue->commit);
    rz_json_time(json, "created", queue->created);
    rz_json_text(json, "host", queue->host);
    rz_json_text(json, "plan", queue->plan_id);
    rz_json_int(json, "queue", queue->id);
    rz_json_text(json, "reason", queue->reason);
    rz_json_text(json, "status", queue->status);
    rz_json_int(json, "workers", (int64_t)queue->workers);
    rz_json_key(json, "zones");
    rz_buffer_char(json, '{');
    rz_report_queue_counts_json(json, queue->counts);
    rz_buffer_text(json, "}}");
}

static void print_counts(struct rz_output *out, const struct rz_queue *queue)
{
    const char *comma = "";
    for (size_t i = 0; i < RZ_QUEUE_STATES; i++)
        if (queue->counts[i]) {
            rz_buffer_printf(&out->text, "%s%zu ", comma, queue->counts[i]);
            rz_output_tinted(out, tint_of((enum rz_queue_state)i), rz_queue_state_texts[i]);
            comma = ", ";
        }
}

static void print_queue(void *user, const struct rz_queue *queue)
{
    struct listing *listing = user;
    struct rz_output *out = &listing->cli->out;
    char time[RZ_TIME_TEXT_MAX];
    listing->count++;
    listing->queue = queue->id;
    if (listing->cli->json) {
        queue_json(&listing->json, queue);
        return;
    }
    rz_buffer_printf(&out->text, "%5" PRId64 "  %s  %-9s  plan ", queue->id,
                     rz_time_text(time, queue->created), queue->status);
    rz_buffer_visible(&out->text, rz_str_of(queue->plan_id));
    rz_buffer_text(&out->text, "  ");
    rz_buffer_visible(&out->text, rz_str_of(queue->actor));
    rz_buffer_text(&out->text, "\n       ");
    print_counts(out, queue);
    rz_buffer_printf(&out->text, "; %zu worker%s", queue->workers, queue->workers == 1 ? "" : "s");
    if (queue->reason) {
        rz_buffer_text(&out->text, "; ");
        rz_buffer_visible(&out->text, rz_str_of(queue->reason));
    }
    rz_buffer_text(&out->text, "\n");
    rz_output_pulse(out);
}

static void print_zone(void *user, const struct rz_queue_zone *zone)
{
    struct listing *listing = user;
    struct rz_output *out = &listing->cli->out;
    struct rz_buffer *json = &listing->json;
    if (listing->cli->json) {
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_int(json, "attempts", zone->attempts);
        rz_json_time(json, "changed", zone->changed);
        rz_json_text(json, "detail", zone->detail);
        rz_json_int(json, "run", zone->run);
        rz_json_text(json, "state", rz_queue_state_texts[zone->state]);
        rz_json_text(json, "target", zone->target);
        rz_json_text(json, "zone", zone->zone);
        rz_buffer_char(json, '}');
        return;
    }
    rz_buffer_printf(&out->text, "  %s → ", zone->zone);
    rz_buffer_visible(&out->text, rz_str_of(zone->target));
    rz_buffer_text(&out->text, ": ");
    rz_output_tinted(out, tint_of(zone->state), rz_queue_state_texts[zone->state]);
    if (zone->run)
        rz_buffer_printf(&out->text, ", run %" PRId64, zone->run);
    if (zone->attempts > 1)
        rz_buffer_printf(&out->text, ", taken %" PRId64 " times", zone->attempts);
    if (zone->detail) {
        rz_buffer_text(&out->text, ": ");
        rz_buffer_visible(&out->text, rz_str_of(zone->detail));
    }
    rz_buffer_text(&out->text, "\n");
    rz_output_pulse(out);
}

/* The journal, which must be one that has queues. */
static enum rz_status open_journal(struct rz_cli *cli, struct rz_project *project,
                                   struct rz_journal **journal)
{
    *journal = NULL;
    if (!rz_cli_open(cli, project, NULL, NULL))
        return RZ_INVALID;
    enum rz_status status = RZ_UNSUPPORTED;
    if (rz_journal_is_kept(project->state))
        status = rz_journal_open(journal, project->state, &cli->context, &cli->diags);
    if (status != RZ_UNSUPPORTED && (status != RZ_OK || rz_journal_has_queues(*journal)))
        return status;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ5600, rz_place_named(project->source.name),
                                        "queues are in journals in PostgreSQL, and this is none");
    rz_diag_hint(&cli->diags, diag, "see `rezone help many-machines`");
    return RZ_NOT_FOUND;
}

static bool read_number(struct rz_cli *cli, int64_t *number)
{
    char *end = NULL;
    if (cli->argument_count == 0)
        return true;
    const char *text = cli->arguments[0];
    *number = strtoll(text, &end, 10);
    if (*text >= '0' && *text <= '9' && *end == '\0' && *number > 0)
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "`%s` is no number of a queue", text);
    rz_diag_hint(&cli->diags, diag, "`rezone queue list` lists them");
    return false;
}

static enum rz_status refuse_missing(struct rz_cli *cli, int64_t queue)
{
    struct rz_diag *diag = queue ? rz_diags_add(&cli->diags, RZ5605, (struct rz_place){0},
                                                "there is no queue %" PRId64, queue)
                                 : rz_diags_add(&cli->diags, RZ5605, (struct rz_place){0},
                                                "there is no queue yet");
    rz_diag_hint(&cli->diags, diag,
                 queue ? "`rezone queue list` lists them"
                       : "`rezone apply plan.json --queue` makes one");
    return RZ_NOT_FOUND;
}

int rz_command_queue_list(struct rz_cli *cli)
{
    struct rz_project project = {0};
    struct rz_journal *journal = NULL;
    struct listing listing = {.cli = cli};
    uint64_t limit = 0, offset = 0;
    enum rz_status status = RZ_INVALID;
    if (rz_cli_number(cli, RZ_OPT_LIMIT, LIMIT_MAX, &limit)
        && rz_cli_number(cli, RZ_OPT_OFFSET, INT32_MAX, &offset))
        status = open_journal(cli, &project, &journal);
    rz_buffer_char(&listing.json, '[');
    if (status == RZ_OK)
        status = rz_queue_list(journal, &(struct rz_queue_filter){.limit = limit, .offset = offset},
                               print_queue, &listing, &cli->diags);
    rz_buffer_text(&listing.json, "]\n");
    if (status == RZ_OK && cli->json)
        rz_cli_json(cli, &listing.json);
    else if (status == RZ_OK && listing.count == 0)
        rz_buffer_text(&cli->out.text, "There is no queue.\n");
    rz_journal_close(journal);
    rz_buffer_free(&listing.json);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

static bool read_filter(struct rz_cli *cli, struct rz_queue_filter *filter)
{
    uint64_t limit = 0, offset = 0;
    const char *status = cli->options.last[RZ_OPT_STATUS];
    *filter = (struct rz_queue_filter){.status = status};
    bool good = read_number(cli, &filter->queue)
                && rz_cli_number(cli, RZ_OPT_LIMIT, LIMIT_MAX, &limit)
                && rz_cli_number(cli, RZ_OPT_OFFSET, INT32_MAX, &offset);
    filter->limit = limit;
    filter->offset = offset;
    for (size_t i = 0; status && rz_queue_state_texts[i]; i++)
        if (strcmp(status, rz_queue_state_texts[i]) == 0)
            status = NULL;
    if (!status)
        return good;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "--status cannot be `%s`", status);
    rz_diag_hint(&cli->diags, diag,
                 "one of: waiting, taken, lost, committed, rolled_back, failed, refused, unknown");
    return false;
}

static enum rz_status show(struct listing *listing, struct rz_journal *journal,
                           struct rz_queue_filter *filter)
{
    struct rz_diags *diags = &listing->cli->diags;
    struct rz_queue_filter one = {.queue = filter->queue, .limit = 1};
    rz_buffer_text(&listing->json, "{\"queues\":[");
    enum rz_status status = rz_queue_list(journal, &one, print_queue, listing, diags);
    if (status == RZ_OK && listing->count == 0)
        return refuse_missing(listing->cli, filter->queue);
    filter->queue = listing->queue;
    rz_buffer_text(&listing->json, "],\"zones\":[");
    if (status == RZ_OK)
        status = rz_queue_zones(journal, filter, print_zone, listing, diags);
    rz_buffer_text(&listing->json, "]}\n");
    return status;
}

int rz_command_queue_show(struct rz_cli *cli)
{
    struct rz_project project = {0};
    struct rz_journal *journal = NULL;
    struct rz_queue_filter filter;
    struct listing listing = {.cli = cli};
    enum rz_status status = RZ_INVALID;
    if (read_filter(cli, &filter))
        status = open_journal(cli, &project, &journal);
    if (status == RZ_OK)
        status = show(&listing, journal, &filter);
    if (status == RZ_OK && cli->json)
        rz_cli_json(cli, &listing.json);
    rz_journal_close(journal);
    rz_buffer_free(&listing.json);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

static void report(struct rz_cli *cli, int64_t queue, const char *what, size_t zones)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (!cli->json) {
        rz_buffer_printf(&cli->out.text, "Queue %" PRId64 " %s.\n", queue, what);
        return;
    }
    rz_buffer_char(&json, '{');
    rz_json_int(&json, "queue", queue);
    rz_json_int(&json, "waiting", (int64_t)zones);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

/* Cancelling, or trying again. */
static int change(struct rz_cli *cli, bool again)
{
    struct rz_project project = {0};
    struct rz_journal *journal = NULL;
    int64_t queue = 0;
    size_t zones = 0;
    enum rz_status status = RZ_INVALID;
    if (read_number(cli, &queue))
        status = open_journal(cli, &project, &journal);
    if (status == RZ_OK) {
        status = again ? rz_queue_retry(journal, queue, &zones, &cli->diags)
                       : rz_queue_cancel(journal, queue, &zones, &cli->diags);
        if (status == RZ_NOT_FOUND)
            status = refuse_missing(cli, queue);
        else if (status == RZ_OK)
            report(cli, queue,
                   rz_arena_printf(&cli->arena,
                                   again ? "is open: %zu zone%s wait for workers"
                                         : "gives no zones away any more: %zu zone%s not done",
                                   zones, zones == 1 ? "" : "s"),
                   zones);
    }
    rz_journal_close(journal);
    rz_project_free(&project);
    return rz_cli_exit(status);
}

int rz_command_queue_cancel(struct rz_cli *cli)
{
    return change(cli, false);
}

int rz_command_queue_retry(struct rz_cli *cli)
{
    return change(cli, true);
}
