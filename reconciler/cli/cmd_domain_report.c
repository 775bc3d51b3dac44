/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domain report: all that can be found out about domains, as text, JSON, Markdown or an HTML page. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/domain_facts.h"
#include "cli/metrics.h"
#include "dns/rtype.h"
#include "report/tables.h"
#include "support/json_write.h"

struct reporting {
    struct rz_tables_document document;
    struct rz_tables_part *part;
    const struct rz_domain_facts *facts;
};

static void join_names(struct rz_buffer *out, const struct rz_rrset *ns)
{
    char name[RZ_NAME_TEXT_MAX];
    if (ns)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(ns); rz_rdata_next(&c);)
            rz_buffer_printf(out, "%s%s", out->size ? ", " : "", rz_name_text_plain(name, c.wire));
}

static const struct rz_rrset *registered(const struct rz_domain_facts *facts, uint16_t type)
{
    return facts->has_registration ? rz_zone_find(&facts->registration, facts->wire.wire, type)
                                   : NULL;
}

static void add_registration(struct reporting *r)
{
    const struct rz_domain *domain = r->facts->domain;
    struct rz_table *table = rz_tables_table(r->part, "Registration", NULL);
    struct rz_tables_document *d = &r->document;
    RZ_BUFFER_CLEANUP struct rz_buffer names = {0};
    if (!domain) {
        rz_tables_value(d, table, "status", "not registered with this account");
        return;
    }
    rz_tables_value(d, table, "status", "%s", domain->status);
    if (*domain->created)
        rz_tables_value(d, table, "registered", "%s", domain->created);
    if (*domain->expires)
        rz_tables_value(d, table, "expires", "%s", domain->expires);
    if (domain->has_days)
        rz_tables_value(d, table, "days left", "%" PRId64, domain->days_left);
    if (domain->has_autorenew)
        rz_tables_value(d, table, "renews itself", "%s", domain->autorenew ? "yes" : "no");
    if (*domain->price)
        rz_tables_value(d, table, "price of a period", "%s", domain->price);
    join_names(&names, registered(r->facts, RZ_TYPE_NS));
    rz_tables_value(d, table, "nameservers", "%s", names.size ? names.data : "none");
    if (r->facts->hosted_known)
        rz_tables_value(d, table, "zone hosted", "%s", r->facts->hosted ? "yes" : "no");
}

static const char *yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

static void add_nameservers(struct reporting *r)
{
    static const char *const names[] = {"nameserver",    "address", "UDP", "TCP",
                                        "authoritative", "serial",  "ms",  NULL};
    struct rz_table *table = rz_tables_table(r->part, "Nameservers", names);
    for (size_t i = 0; i < r->facts->look.count; i++) {
        const struct rz_nameserver *ns = &r->facts->look.nameservers[i];
        char host[RZ_NAME_TEXT_MAX], server[RZ_SERVER_TEXT_MAX], serial[16] = "", time[24] = "";
        if (ns->has_serial)
            snprintf(serial, sizeof serial, "%" PRIu32, ns->serial);
        if (ns->udp)
            snprintf(time, sizeof time, "%" PRId64, ns->milliseconds);
        rz_tables_row(&r->document, table,
                      (const char *const[]){rz_name_text_plain(host, ns->host.wire),
                                            rz_server_text(server, &ns->server), yes_no(ns->udp),
                                            yes_no(ns->tcp), yes_no(ns->authoritative), serial,
                                            time});
    }
}

static void add_ds(struct reporting *r, struct rz_table *table, const struct rz_rrset *ds,
                   const char *where)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!ds)
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);) {
        rz_buffer_reset(&text);
        rz_rdata_print(&text, RZ_TYPE_DS, c.wire, c.size);
        rz_tables_row(&r->document, table, (const char *const[]){where, text.data});
    }
}

static void add_delegation(struct reporting *r)
{
    static const char *const names[] = {"at", "DS", NULL};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const struct rz_delegation *delegation = &r->facts->look.delegation;
    struct rz_table *table = rz_tables_table(r->part, "Delegation by the parent", NULL);
    join_names(&text, delegation->ns);
    rz_tables_value(&r->document, table, "nameservers", "%s",
                    r->facts->look.delegation_why ? r->facts->look.delegation_why
                    : text.size                   ? text.data
                                                  : "none");
    rz_tables_value(&r->document, table, "servers asked", "%zu, %zu answered", delegation->count,
                    delegation->answered);
    if (!delegation->ds && !registered(r->facts, RZ_TYPE_DS))
        return;
    table = rz_tables_table(r->part, "DNSSEC", names);
    add_ds(r, table, registered(r->facts, RZ_TYPE_DS), "registrar");
    add_ds(r, table, delegation->ds, "parent");
}

/* Records of the hosted zone by type. */
static size_t count_type(const struct rz_zone *zone, uint16_t type, size_t *rrsets)
{
    size_t records = 0;
    *rrsets = 0;
    for (size_t i = 0; i < zone->count; i++)
        if (zone->rrsets[i].type == type) {
            ++*rrsets;
            records += zone->rrsets[i].rdata_count;
        }
    return records;
}

static bool is_first(const struct rz_zone *zone, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (zone->rrsets[i].type == zone->rrsets[index].type)
            return false;
    return true;
}

static void add_zone(struct reporting *r)
{
    static const char *const names[] = {"type", "RRsets", "records", NULL};
    const struct rz_zone *zone = &r->facts->zone;
    if (!r->facts->hosted)
        return;
    struct rz_table *table = rz_tables_table(r->part, "Hosted zone", names);
    for (size_t i = 0; i < zone->count; i++) {
        char type[RZ_RTYPE_TEXT_MAX], sets[24], records[24];
        size_t rrsets;
        if (!is_first(zone, i))
            continue;
        snprintf(records, sizeof records, "%zu", count_type(zone, zone->rrsets[i].type, &rrsets));
        snprintf(sets, sizeof sets, "%zu", rrsets);
        rz_tables_row(
            &r->document, table,
            (const char *const[]){rz_rtype_text(type, zone->rrsets[i].type), sets, records});
    }
}

static void add_checks(struct reporting *r)
{
    static const char *const names[] = {"result", "check", "server", "finding", NULL};
    struct rz_table *table = rz_tables_table(r->part, "Checks", names);
    for (size_t i = 0; i < r->facts->checks.count; i++) {
        const struct rz_domain_check *check = &r->facts->checks.items[i];
        rz_tables_row(&r->document, table,
                      (const char *const[]){rz_domain_result_text(check->result), check->name,
                                            check->server, check->text});
    }
}

static void add_part(struct reporting *r, const struct rz_domain_facts *facts)
{
    const struct rz_domain_checks *checks = &facts->checks;
    r->facts = facts;
    r->part = rz_tables_add(&r->document, facts->name);
    r->part->bad = checks->bad > 0;
    r->part->summary = checks->bad
                           ? rz_arena_printf(&r->document.arena, "%zu checks failed, %zu warnings",
                                             checks->bad, checks->warnings)
                           : rz_arena_printf(&r->document.arena, "good, %zu warnings",
                                             checks->warnings);
    add_checks(r);
    add_registration(r);
    add_delegation(r);
    add_nameservers(r);
    add_zone(r);
}

/* ---- JSON */

static void names_json(struct rz_buffer *json, const char *key, const struct rz_rrset *rrset)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_json_key(json, key);
    rz_buffer_char(json, '[');
    if (rrset)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
            rz_buffer_reset(&text);
            rz_rdata_print(&text, rrset->type, c.wire, c.size);
            rz_json_comma(json);
            rz_json_string(json, rz_buffer_view(&text));
        }
    rz_buffer_char(json, ']');
}

static void nameservers_json(struct rz_buffer *json, const struct rz_domain_look *look)
{
    char text[RZ_NAME_TEXT_MAX];
    rz_json_key(json, "nameservers");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < look->count; i++) {
        const struct rz_nameserver *ns = &look->nameservers[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_text(json, "address", rz_server_text(text, &ns->server));
        rz_json_bool(json, "authoritative", ns->authoritative);
        rz_json_bool(json, "edns", ns->edns);
        rz_json_int(json, "milliseconds", ns->milliseconds);
        rz_json_text(json, "name", rz_name_text_plain(text, ns->host.wire));
        rz_json_bool(json, "recursive", ns->recursive);
        if (ns->has_serial)
            rz_json_int(json, "serial", ns->serial);
        rz_json_bool(json, "tcp", ns->tcp);
        rz_json_bool(json, "udp", ns->udp);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void domain_json(struct rz_buffer *json, const struct rz_domain_facts *facts)
{
    const struct rz_delegation *delegation = &facts->look.delegation;
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_int(json, "bad", (int64_t)facts->checks.bad);
    rz_json_key(json, "checks");
    rz_domain_checks_json(json, &facts->checks);
    rz_json_key(json, "delegation");
    rz_buffer_char(json, '{');
    names_json(json, "ds", delegation->ds);
    names_json(json, "nameservers", delegation->ns);
    rz_buffer_char(json, '}');
    if (facts->hosted_known)
        rz_json_bool(json, "hosted", facts->hosted);
    rz_json_text(json, "name", facts->name);
    nameservers_json(json, &facts->look);
    rz_json_int(json, "records", (int64_t)facts->zone.records);
    rz_json_key(json, "registration");
    if (facts->domain) {
        rz_buffer_char(json, '{');
        rz_domain_json(json, facts->domain);
        names_json(json, "ds", registered(facts, RZ_TYPE_DS));
        rz_buffer_char(json, '}');
    } else {
        rz_buffer_text(json, "null");
    }
    rz_json_int(json, "warnings", (int64_t)facts->checks.warnings);
    rz_buffer_char(json, '}');
}

static int report(struct rz_cli *cli, const struct rz_domain_facts_list *facts)
{
    char time[RZ_TIME_TEXT_MAX];
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    struct reporting r = {
        .document = {.title = "Domains",
                     .time = rz_time_text(time, cli->context.now(cli->context.user))}};
    if (cli->json) {
        rz_buffer_text(&json, "{\"domains\":[");
        for (size_t i = 0; i < facts->count; i++)
            domain_json(&json, &facts->items[i]);
        rz_buffer_char(&json, ']');
        rz_json_time(&json, "time", cli->context.now(cli->context.user));
        rz_buffer_text(&json, "}\n");
        rz_cli_requests_json(cli, &json);
        rz_cli_json(cli, &json);
        return rz_domain_facts_exit(facts);
    }
    for (size_t i = 0; i < facts->count; i++)
        add_part(&r, &facts->items[i]);
    rz_tables_write(&cli->out, &r.document,
                    !format || *format == 't' ? RZ_TABLES_TEXT
                    : *format == 'm'          ? RZ_TABLES_MARKDOWN
                                              : RZ_TABLES_HTML);
    cli->reported = true;
    rz_tables_free(&r.document);
    return rz_domain_facts_exit(facts);
}

int rz_command_domain_report(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_domain_facts_list facts = {0};
    struct rz_strings names = {0};
    enum rz_status status = rz_domain_command_open_any(&command, cli);
    if (status == RZ_OK)
        status = rz_domain_names(&command, &names);
    if (status == RZ_OK)
        status = rz_domain_facts_read(&facts, &command, &names, RZ_FACTS_ZONE);
    int exit_code = status == RZ_OK ? report(cli, &facts) : rz_cli_exit(status);
    rz_domain_facts_free(&facts);
    rz_domain_command_close(&command);
    return exit_code;
}
