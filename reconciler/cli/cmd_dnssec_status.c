/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec status: the chain of trust of a registered name, from the registrar to the parent to the zone. */
#include "cli/commands.h"
#include "cli/domain_facts.h"
#include "cli/metrics.h"
#include "dns/dnskey.h"
#include "dns/rtype.h"
#include "support/json_write.h"

/* What is published of one key, wherever it was found. */
struct line {
    uint16_t tag;
    uint8_t algorithm, digest_type; /* digest_type 0: a key without DS */
    bool registered, published, in_zone;
};

struct lines {
    struct line items[64];
    size_t count;
};

static struct line *line_of(struct lines *lines, uint16_t tag, uint8_t algorithm, uint8_t digest)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->items[i].tag == tag && lines->items[i].algorithm == algorithm
            && (lines->items[i].digest_type == digest || !digest))
            return &lines->items[i];
    if (lines->count == sizeof lines->items / sizeof *lines->items)
        return &lines->items[lines->count - 1];
    struct line *line = &lines->items[lines->count++];
    *line = (struct line){.tag = tag, .algorithm = algorithm, .digest_type = digest};
    return line;
}

static void take_ds(struct lines *lines, const struct rz_rrset *ds, const struct rz_rrset *keys,
                    bool published)
{
    if (!ds)
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(ds); rz_rdata_next(&c);) {
        struct line *line = line_of(lines, (uint16_t)(c.wire[0] << 8 | c.wire[1]), c.wire[2],
                                    c.wire[3]);
        line->registered |= !published;
        line->published |= published;
        if (keys)
            for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); rz_rdata_next(&k);)
                line->in_zone |= rz_ds_matches(c.wire, c.size, ds->owner, k.wire, k.size);
    }
}

/* Key-signing keys that no DS is of. */
static void take_keys(struct lines *lines, const struct rz_rrset *keys)
{
    if (!keys)
        return;
    for (struct rz_rdata_cursor k = rz_rrset_rdata(keys); rz_rdata_next(&k);)
        if (rz_dnskey_flags(k.wire, k.size) & RZ_DNSKEY_SEP)
            line_of(lines, rz_dnskey_tag(k.wire, k.size), k.wire[3], 0)->in_zone = true;
}

/* secure: the chain holds. insecure: nobody promises one. bogus: resolvers reject the zone. */
static const char *verdict(const struct rz_domain_checks *checks,
                           const struct rz_domain_facts *facts)
{
    if (facts->look.delegation_why)
        return "unknown";
    for (size_t i = 0; i < checks->count; i++)
        if (checks->items[i].result == RZ_DOMAIN_BAD && facts->look.delegation.ds)
            return "bogus";
    return facts->look.delegation.ds ? "secure" : "insecure";
}

static void report_text(struct rz_output *out, const struct rz_domain_facts *facts,
                        const struct lines *lines, const struct rz_domain_checks *checks)
{
    const char *word = verdict(checks, facts);
    rz_buffer_printf(&out->text, "%s: ", facts->name);
    rz_output_tinted(out,
                     *word == 's'   ? RZ_TINT_GREEN
                     : *word == 'b' ? RZ_TINT_RED
                                    : RZ_TINT_YELLOW,
                     word);
    rz_buffer_char(&out->text, '\n');
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->items[i];
        rz_buffer_printf(&out->text, "  key %5u  algorithm %u  ", line->tag, line->algorithm);
        if (line->digest_type)
            rz_buffer_printf(&out->text, "DS of type %u%s%s%s\n", line->digest_type,
                             !facts->has_registration ? ""
                             : line->registered       ? ", at the registrar"
                                                      : ", not at the registrar",
                             line->published ? ", at the parent" : ", not at the parent",
                             line->in_zone ? ", key in the zone" : ", no such key in the zone");
        else
            rz_buffer_text(&out->text, "key in the zone, no DS\n");
    }
    for (size_t i = 0; i < checks->count; i++)
        rz_buffer_printf(&out->text, "  %s%s%s\n",
                         checks->items[i].server ? checks->items[i].server : "",
                         checks->items[i].server ? ": " : "", checks->items[i].text);
}

static void report_json(struct rz_buffer *json, const struct rz_domain_facts *facts,
                        const struct lines *lines, const struct rz_domain_checks *checks)
{
    rz_buffer_char(json, '{');
    rz_json_key(json, "checks");
    rz_domain_checks_json(json, checks);
    rz_json_text(json, "domain", facts->name);
    rz_json_key(json, "keys");
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->items[i];
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_int(json, "algorithm", line->algorithm);
        rz_json_bool(json, "at_parent", line->published);
        rz_json_bool(json, "at_registrar", line->registered);
        rz_json_int(json, "digest_type", line->digest_type);
        rz_json_bool(json, "in_zone", line->in_zone);
        rz_json_int(json, "key_tag", line->tag);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
    rz_json_text(json, "status", verdict(checks, facts));
    rz_buffer_text(json, "}\n");
}

static int report(struct rz_cli *cli, const struct rz_domain_facts *facts)
{
    bool differ;
    struct lines lines = {0};
    struct rz_domain_checks checks = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    const struct rz_rrset *keys = rz_domain_look_keys(&facts->look, &differ);
    struct rz_domain_check_input input = {
        .look = &facts->look,
        .registration = facts->has_registration ? &facts->registration : NULL,
        .now = cli->context.now(cli->context.user)};
    rz_domain_checks_dnssec(&checks, &input);
    if (facts->has_registration)
        take_ds(&lines, rz_zone_find(&facts->registration, facts->wire.wire, RZ_TYPE_DS), keys,
                false);
    take_ds(&lines, facts->look.delegation.ds, keys, true);
    take_keys(&lines, keys);
    if (cli->json) {
        report_json(&json, facts, &lines, &checks);
        rz_cli_requests_json(cli, &json);
        rz_cli_json(cli, &json);
    } else {
        report_text(&cli->out, facts, &lines, &checks);
    }
    int exit_code = checks.bad || facts->look.delegation_why ? RZ_EXIT_CHANGES : RZ_EXIT_DONE;
    rz_domain_checks_free(&checks);
    return exit_code;
}

int rz_command_dnssec_status(struct rz_cli *cli)
{
    struct rz_domain_command command;
    struct rz_domain_facts_list facts = {0};
    struct rz_strings names = {.items = cli->arguments, .count = 1};
    enum rz_status status = rz_domain_command_open_any(&command, cli);
    if (status == RZ_OK)
        status = rz_domain_facts_read(&facts, &command, &names, 0);
    int exit_code = status == RZ_OK ? report(cli, &facts.items[0]) : rz_cli_exit(status);
    rz_domain_facts_free(&facts);
    rz_domain_command_close(&command);
    return exit_code;
}
