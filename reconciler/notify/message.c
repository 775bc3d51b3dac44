/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages from notices. Nothing in them is a secret: whatever came from elsewhere is redacted. */
#include "notify/message.h"

#include <inttypes.h>

#include "secret.h"
#include "support/json_write.h"

#define ZONES_MAX 1000 /* of one message in JSON */
#define ZONES_SHOWN 20 /* in words */
#define WHY_MAX ((size_t)500)

static bool is_wanted(const struct rz_sink_settings *sink, const struct rz_notice_zone *zone)
{
    for (size_t i = 0; i < sink->zones.count; i++)
        if (rz_str_glob(sink->zones.items[i], zone->zone))
            return true;
    return sink->zones.count == 0;
}

static void add_why(struct rz_buffer *out, const char *why)
{
    struct rz_str text = rz_str_of(why);
    text.size = text.size < WHY_MAX ? text.size : WHY_MAX;
    while (text.size && why[text.size] && (why[text.size] & 0xc0) == 0x80)
        text.size--; /* never half a character */
    rz_secret_redact(out, text);
}

static void zone_json(struct rz_buffer *out, const struct rz_notice_zone *zone)
{
    RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
    if (zone->why)
        add_why(&why, zone->why);
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_int(out, "changes", (int64_t)zone->changes);
    rz_json_text(out, "event", rz_event_words[zone->event]);
    rz_json_text(out, "target", zone->target);
    rz_json_text(out, "why", why.size ? why.data : NULL);
    rz_json_text(out, "zone", zone->zone);
    rz_buffer_char(out, '}');
}

struct tally {
    size_t zones, changes, events[RZ_EVENT_COUNT];
};

static void write_json(struct rz_message *message, const struct rz_sink_settings *sink,
                       const struct rz_notice *notice, const struct tally *tally)
{
    struct rz_buffer *out = &message->json;
    size_t written = 0;
    rz_buffer_char(out, '{');
    rz_json_text(out, "actor", notice->actor);
    rz_json_text(out, "command", notice->command);
    rz_json_text(out, "commit", notice->commit);
    rz_json_text(out, "event", rz_event_words[message->event]);
    rz_json_text(out, "host", notice->host);
    rz_json_text(out, "id", message->id);
    rz_json_text(out, "plan", notice->plan);
    if (notice->run)
        rz_json_int(out, "run", notice->run);
    else
        rz_json_text(out, "run", NULL);
    rz_json_int(out, "schema", 1);
    rz_json_key(out, "summary");
    rz_buffer_char(out, '{');
    rz_json_int(out, "changes", (int64_t)tally->changes);
    for (int event = 0; event < RZ_EVENT_COUNT; event++)
        rz_json_int(out, rz_event_words[event], (int64_t)tally->events[event]);
    rz_json_int(out, "zones", (int64_t)tally->zones);
    rz_buffer_char(out, '}');
    rz_json_time(out, "time", message->time);
    rz_json_key(out, "zones");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < notice->count && written < ZONES_MAX; i++)
        if (is_wanted(sink, &notice->zones[i])) {
            zone_json(out, &notice->zones[i]);
            written++;
        }
    rz_buffer_char(out, ']');
    rz_json_int(out, "zones_left_out", (int64_t)(tally->zones - written));
    rz_buffer_char(out, '}');
}

static void write_zone(struct rz_buffer *out, const struct rz_notice_zone *zone)
{
    RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
    rz_buffer_visible(out, rz_str_of(zone->zone));
    rz_buffer_text(out, " → ");
    rz_buffer_visible(out, rz_str_of(zone->target));
    rz_buffer_printf(out, ": %s, %zu change%s", rz_event_words[zone->event], zone->changes,
                     zone->changes == 1 ? "" : "s");
    if (zone->why) {
        add_why(&why, zone->why);
        rz_buffer_text(out, ": ");
        rz_buffer_visible(out, rz_buffer_view(&why));
    }
    rz_buffer_char(out, '\n');
}

/* Bad news first. */
static void write_text(struct rz_message *message, const struct rz_sink_settings *sink,
                       const struct rz_notice *notice, const struct tally *tally)
{
    struct rz_buffer *out = &message->text;
    size_t shown = 0;
    rz_buffer_str(out, rz_buffer_view(&message->subject));
    rz_buffer_char(out, '\n');
    for (int event = RZ_EVENT_COUNT - 1; event >= 0; event--)
        for (size_t i = 0; i < notice->count && shown < ZONES_SHOWN; i++)
            if ((int)notice->zones[i].event == event && is_wanted(sink, &notice->zones[i])) {
                write_zone(out, &notice->zones[i]);
                shown++;
            }
    if (tally->zones > shown)
        rz_buffer_printf(out, "… and %zu more\n", tally->zones - shown);
    if (message->event == RZ_EVENT_UNKNOWN)
        rz_buffer_text(out, "Mend it with: rezone recover\n");
}

static void write_subject(struct rz_message *message, const struct rz_notice *notice,
                          const struct tally *tally)
{
    struct rz_buffer *out = &message->subject;
    rz_buffer_text(out, "rezone");
    if (notice->command) {
        rz_buffer_char(out, ' ');
        rz_buffer_visible(out, rz_str_of(notice->command));
    }
    if (notice->run)
        rz_buffer_printf(out, ", run %" PRId64, notice->run);
    if (notice->actor) {
        rz_buffer_text(out, " by ");
        rz_buffer_visible(out, rz_str_of(notice->actor));
    }
    rz_buffer_printf(out, ": %s, %zu change%s in %zu zone%s", rz_event_words[message->event],
                     tally->changes, tally->changes == 1 ? "" : "s", tally->zones,
                     tally->zones == 1 ? "" : "s");
}

bool rz_message_make(struct rz_message *message, const struct rz_sink_settings *sink,
                     const struct rz_notice *notice, struct rz_context *context)
{
    struct tally tally = {0};
    unsigned char octets[16];
    *message = (struct rz_message){.run = notice->run, .time = context->now(context->user)};
    for (size_t i = 0; i < notice->count; i++) {
        const struct rz_notice_zone *zone = &notice->zones[i];
        if (!is_wanted(sink, zone))
            continue;
        tally.zones++;
        tally.changes += zone->changes;
        tally.events[zone->event]++;
        if (zone->event > message->event)
            message->event = zone->event;
    }
    if (tally.zones == 0 || !(sink->events & 1u << message->event))
        return false;
    context->random(context->user, octets, sizeof octets);
    for (int i = 0; i < 16; i++)
        snprintf(message->id + 2 * i, 3, "%02x", octets[i]);
    write_subject(message, notice, &tally);
    write_text(message, sink, notice, &tally);
    write_json(message, sink, notice, &tally);
    return true;
}

bool rz_message_restore(struct rz_message *message, const struct rz_kept_notice *notice)
{
    int event = 0;
    while (rz_event_words[event] && strcmp(rz_event_words[event], notice->event) != 0)
        event++;
    if (!rz_event_words[event] || strlen(notice->message) >= sizeof message->id)
        return false;
    *message = (struct rz_message){
        .event = (enum rz_event)event, .time = notice->created, .run = notice->run};
    snprintf(message->id, sizeof message->id, "%s", notice->message);
    rz_buffer_text(&message->subject, notice->subject);
    rz_buffer_text(&message->text, notice->body);
    rz_buffer_text(&message->json, notice->json);
    return true;
}

void rz_message_free(struct rz_message *message)
{
    rz_buffer_free(&message->subject);
    rz_buffer_free(&message->text);
    rz_buffer_free(&message->json);
}
