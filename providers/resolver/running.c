/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the running resolver forwards, against what its file says. Where they differ the live rule is both
 * together, with an exception for the side that has none: no desired rule is equal to that, so that the
 * plan shows it and applying makes them one. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "resolver/resolver.h"

/* Whether another file of the directory, of a zone below this one, has the name. */
static bool is_of_another_file(const struct rz_name_list *others,
                               const struct rz_rules_reader *reader, const struct rz_name *name)
{
    const struct rz_name *apex = &reader->zone->apex;
    for (size_t i = 0; i < others->count; i++)
        if (others->items[i].size > apex->size && rz_name_in(others->items[i].wire, apex->wire)
            && rz_name_in(name->wire, others->items[i].wire))
            return true;
    return false;
}

/* "corp.example.com. IN forward 192.0.2.53@5300#name …" of a name in the zone. */
static void take_line(struct rz_rules_reader *reader, const struct rz_name_list *others,
                      struct rz_str line)
{
    static const char marks[] = " IN forward";
    const char *why;
    struct rz_name name;
    const char *space = memchr(line.data, ' ', line.size);
    size_t first = space ? (size_t)(space - line.data) : line.size;
    struct rz_str rest = {line.data + first, line.size - first};
    if (!rz_str_starts_with(rest, marks)
        || rz_name_parse(&name, (struct rz_str){line.data, first}, NULL, &why) != RZ_OK) {
        rz_rules_wrong(reader, "not a line of the rules that a resolver lists");
        return;
    }
    if (!rz_name_in(name.wire, reader->zone->apex.wire)
        || is_of_another_file(others, reader, &name))
        return;
    rest = rz_str_trim((struct rz_str){rest.data + sizeof marks - 1, rest.size - sizeof marks + 1});
    if (rest.size == 0)
        rz_rules_add(reader, &name, NULL);
    while (rest.size) {
        const char *blank = memchr(rest.data, ' ', rest.size);
        struct rz_str word = {rest.data, blank ? (size_t)(blank - rest.data) : rest.size};
        struct rz_forward forward;
        /* Targets by host name, and not by address, are none of rezone's. */
        if (rz_resolver_target(&forward, word))
            rz_rules_add(reader, &name, &forward);
        rest = rz_str_trim((struct rz_str){rest.data + word.size, rest.size - word.size});
    }
}

/* Up to 1.19 Unbound prints addresses only: then ports and names of certificates are taken to be those
 * of the file. */
static bool prints_ports(struct rz_str output)
{
    return memchr(output.data, '@', output.size) || memchr(output.data, '#', output.size);
}

static bool has_target(const struct rz_rrset *rule, const struct rz_forward *wanted, bool ports)
{
    struct rz_forward forward;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);)
        if (rz_forward_from_wire(&forward, c.wire, c.size) && forward.family == wanted->family
            && memcmp(forward.address, wanted->address, sizeof forward.address) == 0
            && (!ports
                || (forward.port == wanted->port
                    && rz_name_equal(forward.tls.wire, wanted->tls.wire))))
            return true;
    return false;
}

static bool covers(const struct rz_rrset *rule, const struct rz_rrset *other, bool ports)
{
    struct rz_forward forward;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(other); rz_rdata_next(&c);)
        if (rz_forward_from_wire(&forward, c.wire, c.size) && !has_target(rule, &forward, ports))
            return false;
    return true;
}

static void copy_rule(struct rz_zone *zone, const struct rz_rrset *rule)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);)
        rz_zone_add(zone, rule->owner, RZ_TYPE_FORWARD, 0, (struct rz_rdata){c.wire, c.size},
                    (struct rz_record_origin){.line = rule->line});
}

static void add_exception(struct rz_zone *zone, const struct rz_rrset *rule)
{
    static const struct rz_forward none = {.tls = {.size = 1}};
    uint8_t wire[RZ_FORWARD_WIRE_MAX];
    size_t size = rz_forward_to_wire(&none, wire);
    rz_zone_add(zone, rule->owner, RZ_TYPE_FORWARD, 0, (struct rz_rdata){wire, (uint16_t)size},
                (struct rz_record_origin){0});
}

/* An exception that is on one side only is as good as none: it is planned anew. */
static void add_conflict(struct rz_zone *both, const struct rz_rrset *said,
                         const struct rz_rrset *done)
{
    if (said && done) {
        copy_rule(both, said);
        copy_rule(both, done);
        add_exception(both, said);
    } else if (!rz_forward_is_exception(said ? said : done)) {
        copy_rule(both, said ? said : done);
        add_exception(both, said ? said : done);
    }
}

static void warn(const struct rz_zonefile *zf, const struct rz_rrset *rule, const char *what,
                 struct rz_diags *diags)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(diags, RZ6106, rz_place_named(zf->base.name), "%s: %s",
                                        rz_name_text_plain(name, rule->owner), what);
    rz_diag_hint(diags, diag, "`rezone apply` makes the file and the resolver one");
}

/* One walk over what the file has and what runs. */
static void join(const struct rz_zonefile *zf, struct rz_zone *both, const struct rz_zone *file,
                 const struct rz_zone *running, bool ports, struct rz_diags *diags)
{
    size_t f = 0, r = 0;
    while (f < file->count || r < running->count) {
        int order = f == file->count ? 1
                    : r == running->count
                        ? -1
                        : rz_rrset_compare_key(&file->rrsets[f], &running->rrsets[r]);
        const struct rz_rrset *said = order <= 0 ? &file->rrsets[f++] : NULL;
        const struct rz_rrset *done = order >= 0 ? &running->rrsets[r++] : NULL;
        bool same = said && done && covers(said, done, ports) && covers(done, said, ports);
        if (same) {
            copy_rule(both, said);
            continue;
        }
        add_conflict(both, said, done);
        warn(zf, said ? said : done,
             !said   ? "the running resolver has a rule that its file does not have"
             : !done ? "the running resolver does not have the rule of its file"
                     : "the running resolver forwards elsewhere than its file says",
             diags);
    }
}

static enum rz_status read_running(struct rz_str said, const struct rz_name_list *others,
                                   struct rz_zone *running, struct rz_diags *diags)
{
    struct rz_source source = {"list_forwards", said};
    struct rz_rules_reader reader = {.zone = running, .source = &source, .diags = diags};
    struct rz_str line;
    while (!reader.failed && rz_rules_next(&reader, &line))
        take_line(&reader, others, line);
    return reader.failed ? RZ_INVALID : rz_zone_finish(running, RZ_ZONE_LIVE, diags);
}

enum rz_status rz_resolver_join(const struct rz_zonefile *zf, struct rz_zone *zone,
                                struct rz_str said, struct rz_diags *diags)
{
    struct rz_zone running, both;
    enum rz_status status;
    rz_zone_init(&running, zone->apex.wire);
    struct rz_name_list others = {0};
    struct rz_zonefile *own;
    memcpy(&own, &zf, sizeof own); /* listing does not change it */
    status = rz_zonefile_list(&own->base, &others, diags);
    if (status == RZ_OK)
        status = read_running(said, &others, &running, diags);
    free(others.items);
    if (status == RZ_OK) {
        rz_zone_init(&both, zone->apex.wire);
        join(zf, &both, zone, &running, prints_ports(said), diags);
        status = rz_zone_finish(&both, RZ_ZONE_LIVE, diags);
        rz_zone_free(zone);
        *zone = both;
    }
    rz_zone_free(&running);
    return status;
}

#define FLUSHED_MAX 100 /* rules; of more, the whole zone is forgotten */

enum rz_status rz_resolver_apply(struct rz_provider *provider, struct rz_batch *batch,
                                 rz_resolver_flush *flush, struct rz_diags *diags)
{
    const struct rz_zonefile *zf = (const struct rz_zonefile *)provider;
    enum rz_status status = rz_zonefile_apply(provider, batch, diags);
    if (status != RZ_OK || !zf->control.count)
        return status;
    if (batch->count > FLUSHED_MAX)
        flush(zf, batch->apex, diags);
    for (size_t i = 0; i < batch->count && batch->count <= FLUSHED_MAX; i++)
        flush(zf, rz_change_subject(batch->changes[i])->owner, diags);
    return RZ_OK;
}
