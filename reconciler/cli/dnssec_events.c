/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes next for a signed zone, in the order of time: the next step of a roll-over, the renewal of
 * signatures, the end of the one that ends first. */
#include "cli/dnssec_status.h"
#include "cli/rollover.h"
#include "dns/rtype.h"
#include "dnssec.h"
#include "support/json_write.h"

static void add(struct rz_dnssec_status *status, const struct rz_status_event *event)
{
    struct rz_status_event *events = status->events;
    size_t at = status->event_count;
    if (at == RZ_STATUS_EVENTS_MAX)
        return;
    for (status->event_count++; at > 0 && events[at - 1].at > event->at; at--)
        events[at] = events[at - 1];
    events[at] = *event;
}

/* ---- found out */

void rz_dnssec_events_add_expiry(struct rz_dnssec_status *status)
{
    struct rz_status_event event = {.kind = RZ_EVENT_EXPIRY,
                                    .at = status->expires,
                                    .place = status->expires_place,
                                    .owner = status->expires_owner,
                                    .type = status->expires_type};
    if (status->expires)
        add(status, &event);
}

void rz_dnssec_events_add_renewal(struct rz_dnssec_status *status, struct rz_provider *provider,
                                  const struct rz_zone *zone)
{
    const struct rz_dnssec_ops *ops = provider->ops->dnssec;
    struct rz_diags unseen = {0};
    struct rz_status_event event = {.kind = RZ_EVENT_RENEWAL, .place = provider->name};
    if (!ops || !ops->renewal)
        return;
    event.by_resign = ops->resign != NULL;
    if (ops->renewal(provider, zone, &event.at, &unseen) == RZ_OK && event.at)
        add(status, &event);
    rz_diags_free(&unseen);
}

static void take_row(void *user, const struct rz_rollover_row *row)
{
    struct rz_dnssec_status *status = user;
    struct rz_name apex;
    const char *why;
    struct rz_status_event event = {.kind = RZ_EVENT_ROLLOVER};
    if (rz_name_parse(&apex, rz_str_of(row->zone), NULL, &why) != RZ_OK
        || !rz_name_equal(apex.wire, status->apex.wire) || !rz_rollover_ahead(&event.ahead, row))
        return;
    event.at = event.ahead.due;
    event.place = rz_arena_strdup(&status->cli->arena, row->target);
    add(status, &event);
}

void rz_dnssec_events_add_rollovers(struct rz_dnssec_status *status,
                                    const struct rz_project *project)
{
    struct rz_cli *cli = status->cli;
    struct rz_journal *journal = NULL;
    struct rz_diags found = {0};
    if (!rz_journal_is_begun(project->state, &cli->context))
        return;
    if (rz_journal_open(&journal, project->state, &cli->context, &found) == RZ_OK)
        rz_journal_rollovers(journal, take_row, status, &found);
    rz_journal_close(journal);
    /* The chain is as it is, whatever the journal says. */
    for (size_t i = 0; i < found.count; i++)
        rz_diag_set_severity(&found, &found.items[i], RZ_WARNING);
    rz_diags_take(&cli->diags, &found);
    rz_diags_free(&found);
}

/* ---- text */

static void put_time(struct rz_buffer *out, const struct rz_dnssec_status *status, int64_t at)
{
    char time[RZ_TIME_TEXT_MAX];
    rz_buffer_printf(out, "%s, in ", rz_time_text(time, at));
    rz_duration_print(out, at > status->now ? (uint64_t)(at - status->now) : 0);
}

static void put_rollover(struct rz_buffer *out, const struct rz_dnssec_status *status,
                         const struct rz_status_event *event)
{
    char time[RZ_TIME_TEXT_MAX];
    const struct rz_rollover_ahead *ahead = &event->ahead;
    rz_buffer_printf(out, "step %zu of %zu of the roll-over %s, ", ahead->step, ahead->steps,
                     rz_rollover_kinds[ahead->kind]);
    if (event->at > status->now) {
        rz_buffer_text(out, "not before ");
        put_time(out, status, event->at);
    } else {
        rz_buffer_printf(out, "%s %s", ahead->begun ? "begun" : "due since",
                         rz_time_text(time, event->at));
    }
    rz_buffer_printf(out, ", %sby `rezone dnssec rollover step`: %s",
                     ahead->begun ? "to go on " : "", ahead->text);
}

static void put_event(struct rz_buffer *out, const struct rz_dnssec_status *status,
                      const struct rz_status_event *event)
{
    char name[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    if (event->kind == RZ_EVENT_ROLLOVER) {
        put_rollover(out, status, event);
    } else if (event->kind == RZ_EVENT_RENEWAL) {
        rz_buffer_text(out, "signatures are renewed from ");
        put_time(out, status, event->at);
        rz_buffer_text(out, event->by_resign ? ", by `rezone dnssec resign` or the next change"
                                             : ", by the server");
    } else {
        rz_buffer_printf(out, "the signature of %s %s ends at ",
                         event->owner ? rz_name_text_relative(name, event->owner, status->apex.wire)
                                      : "zone",
                         rz_rtype_text(type, event->type));
        put_time(out, status, event->at);
    }
}

void rz_dnssec_events_text(const struct rz_dnssec_status *status)
{
    struct rz_buffer *out = &status->cli->out.text;
    for (size_t i = 0; i < status->event_count; i++) {
        rz_buffer_text(out, i ? "  then: " : "  next: ");
        put_event(out, status, &status->events[i]);
        rz_buffer_printf(out, " (%s)\n", status->events[i].place);
    }
}

/* ---- JSON */

static void rollover_json(struct rz_buffer *json, const struct rz_status_event *event)
{
    const struct rz_rollover_ahead *ahead = &event->ahead;
    rz_json_key(json, "rollover");
    if (event->kind != RZ_EVENT_ROLLOVER) {
        rz_buffer_text(json, "null");
        return;
    }
    rz_buffer_char(json, '{');
    rz_json_bool(json, "begun", ahead->begun);
    rz_json_text(json, "kind", rz_rollover_kinds[ahead->kind]);
    rz_json_int(json, "step", (int64_t)ahead->step);
    rz_json_int(json, "steps", (int64_t)ahead->steps);
    rz_json_text(json, "text", ahead->text);
    rz_buffer_char(json, '}');
}

static void event_json(struct rz_buffer *json, const struct rz_dnssec_status *status,
                       const struct rz_status_event *event)
{
    static const char *const kinds[] = {[RZ_EVENT_ROLLOVER] = "roll-over step",
                                        [RZ_EVENT_RENEWAL] = "signatures renewed",
                                        [RZ_EVENT_EXPIRY] = "signature ends"};
    char name[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    int64_t left = event->at - status->now;
    rz_buffer_char(json, '{');
    rz_json_time(json, "at", event->at);
    rz_json_text(json, "event", kinds[event->kind]);
    rz_json_text(json, "name", event->owner ? rz_name_text_plain(name, event->owner) : NULL);
    rz_json_text(json, "place", event->place);
    rollover_json(json, event);
    rz_json_int(json, "seconds", left > 0 ? left : 0);
    rz_json_text(json, "type", event->type ? rz_rtype_text(type, event->type) : NULL);
    rz_buffer_char(json, '}');
}

void rz_dnssec_events_json(struct rz_buffer *json, const struct rz_dnssec_status *status)
{
    rz_json_key(json, "events");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < status->event_count; i++) {
        rz_json_comma(json);
        event_json(json, status, &status->events[i]);
    }
    rz_buffer_char(json, ']');
}

void rz_dnssec_events_json_next(struct rz_buffer *json, const struct rz_dnssec_status *status)
{
    rz_json_key(json, "next");
    if (status->event_count)
        event_json(json, status, &status->events[0]);
    else
        rz_buffer_text(json, "null");
}
