/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What files of rules have in common, whatever the resolver. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "resolver/resolver.h"

#define DNS_PORT 53
#define TLS_PORT 853

static bool takes(uint16_t type)
{
    return type == RZ_TYPE_FORWARD;
}

enum rz_status rz_resolver_open(struct rz_zonefile **zonefile, const struct rz_zonefile_kind *kind,
                                const char *name, const struct rz_node *config,
                                const struct rz_source *source, struct rz_context *context,
                                struct rz_diags *diags)
{
    enum rz_status status = rz_zonefile_open(zonefile, kind, name, config, source, context, diags);
    if (status != RZ_OK)
        return status;
    struct rz_capabilities *capabilities = &(*zonefile)->capabilities;
    capabilities->forwards = true;
    capabilities->takes_type = takes;
    capabilities->creates_zones = false;
    capabilities->has_servers = false;
    return RZ_OK;
}

enum rz_status rz_resolver_wrong_option(const struct rz_node *config,
                                        const struct rz_source *source, const char *key,
                                        const char *why, const char *hint, struct rz_diags *diags)
{
    const struct rz_node *node = rz_node_get(config, key);
    struct rz_diag *diag = rz_diags_add(diags, RZ6103, rz_node_place(source, node ? node : config),
                                        "%s: %s", key, why);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_INVALID;
}

bool rz_resolver_is_plain(const char *word)
{
    return !word || (*word && !strpbrk(word, " \t\r\n\"'`\\{};#$"));
}

/* Names stand in quotes in configurations that know no escapes. */
static bool is_plain_name(const uint8_t *name)
{
    for (; *name; name += 1 + *name)
        for (unsigned i = 1; i <= *name; i++) {
            uint8_t c = name[i];
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
                return false;
        }
    return true;
}

/* What a rule has, seen over all its targets. */
struct summary {
    size_t targets, plain, tls;
    bool ordered;   /* some come before others */
    bool shared;    /* two have one priority */
    bool two_names; /* of certificates */
    bool odd_name;  /* of a certificate */
};

static struct summary look_at(const struct rz_rrset *rule)
{
    struct summary found = {0};
    struct rz_forward forward;
    struct rz_name name = {0};
    uint16_t last = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
        if (!rz_forward_from_wire(&forward, c.wire, c.size) || forward.family == 0)
            continue;
        found.targets++;
        found.ordered |= forward.priority != RZ_RESOLVER_PRIORITY;
        found.shared |= forward.priority == last; /* RDATA is sorted, by priority first */
        last = forward.priority;
        found.odd_name |= !is_plain_name(forward.tls.wire);
        if (forward.tls.size == 1) {
            found.plain++;
            continue;
        }
        found.two_names |= found.tls && !rz_name_equal(name.wire, forward.tls.wire);
        name = forward.tls;
        found.tls++;
    }
    return found;
}

const char *rz_resolver_refuses(const struct rz_rrset *rule,
                                const struct rz_resolver_limits *limits)
{
    struct summary found = look_at(rule);
    if (!is_plain_name(rule->owner))
        return "its configuration takes names of letters, digits, `-` and `_` only";
    if (found.odd_name)
        return "the name of a certificate is of letters, digits, `-` and `_` only";
    if (rz_forward_is_exception(rule) && found.targets)
        return "a name is forwarded or an exception, not both";
    if (found.ordered && !limits->orders)
        return "it asks the target that answers fastest and knows no order; write "
               "`policy: round_robin`, which leaves the choice to it";
    if (found.ordered && found.shared)
        return "it asks targets one after the other or all alike: give each a priority of its own, or "
               "write `policy: round_robin`";
    if (found.plain && found.tls && !limits->mixes_tls)
        return "it asks all targets of a rule by TLS or none";
    if (found.two_names && limits->one_name)
        return "it checks the certificates of a rule's targets for one name only";
    if (limits->targets && found.targets > limits->targets)
        return "a rule has too many targets for it";
    return NULL;
}

bool rz_resolver_has_tls(const struct rz_rrset *rule)
{
    return look_at(rule).tls > 0;
}

bool rz_resolver_target(struct rz_forward *forward, struct rz_str text)
{
    char copy[RZ_FORWARD_ADDRESS_MAX + 8];
    const char *why;
    const char *hash = memchr(text.data, '#', text.size);
    struct rz_str address = {text.data, hash ? (size_t)(hash - text.data) : text.size};
    *forward = (struct rz_forward){.priority = RZ_RESOLVER_PRIORITY, .tls = {.size = 1}};
    if (address.size >= sizeof copy)
        return false;
    memcpy(copy, address.data, address.size);
    copy[address.size] = '\0';
    char *at = strchr(copy, '@'), *end = NULL;
    unsigned long port = at ? strtoul(at + 1, &end, 10) : hash ? TLS_PORT : DNS_PORT;
    if (at)
        *at = '\0';
    if ((end && *end) || port == 0 || port > UINT16_MAX || !rz_forward_set_address(forward, copy))
        return false;
    forward->port = (uint16_t)port;
    struct rz_str name = {hash ? hash + 1 : "", hash ? text.size - address.size - 1 : 0};
    return !hash || (rz_name_parse(&forward->tls, name, NULL, &why) == RZ_OK);
}

void rz_resolver_write_target(struct rz_buffer *out, const struct rz_forward *forward)
{
    char address[RZ_FORWARD_ADDRESS_MAX], name[RZ_NAME_TEXT_MAX];
    rz_buffer_printf(out, "%s@%u", rz_forward_address(address, forward), forward->port);
    if (forward->tls.size > 1)
        rz_buffer_printf(out, "#%s", rz_name_text_plain(name, forward->tls.wire));
}

bool rz_rules_next(struct rz_rules_reader *reader, struct rz_str *line)
{
    struct rz_str text = reader->source->text;
    while (reader->at < text.size) {
        const char *start = text.data + reader->at;
        const char *end = memchr(start, '\n', text.size - reader->at);
        size_t size = end ? (size_t)(end - start) : text.size - reader->at;
        reader->at += size + 1;
        reader->number++;
        *line = rz_str_trim((struct rz_str){start, size});
        if (line->size && line->data[0] != '#')
            return true;
    }
    return false;
}

void rz_rules_wrong(struct rz_rules_reader *reader, const char *what)
{
    struct rz_place place = {.source = reader->source, .line = reader->number, .column = 1};
    reader->failed = true;
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ6104, place, "%s", what);
    rz_diag_hint(reader->diags, diag,
                 "rezone reads what it wrote; move the file away, or name another in `file`");
}

void rz_rules_add(struct rz_rules_reader *reader, const struct rz_name *owner,
                  const struct rz_forward *forward)
{
    static const struct rz_forward exception = {.tls = {.size = 1}};
    uint8_t wire[RZ_FORWARD_WIRE_MAX];
    size_t size = rz_forward_to_wire(forward ? forward : &exception, wire);
    struct rz_record_origin origin = {.line = reader->number};
    if (rz_zone_add(reader->zone, owner->wire, RZ_TYPE_FORWARD, 0,
                    (struct rz_rdata){wire, (uint16_t)size}, origin)
        != RZ_OK)
        rz_rules_wrong(reader, "a rule for a name outside the zone that the file is of");
}

void rz_rules_add_all(struct rz_rules_reader *reader, const struct rz_name *owner,
                      struct rz_str targets)
{
    struct rz_str rest = rz_str_trim(targets);
    struct rz_forward forward;
    if (rest.size == 0)
        rz_rules_add(reader, owner, NULL);
    while (rest.size && !reader->failed) {
        const char *blank = memchr(rest.data, ' ', rest.size);
        struct rz_str word = {rest.data, blank ? (size_t)(blank - rest.data) : rest.size};
        if (rz_resolver_target(&forward, word))
            rz_rules_add(reader, owner, &forward);
        else
            rz_rules_wrong(reader, "not a target as rezone writes it");
        rest = rz_str_trim((struct rz_str){rest.data + word.size, rest.size - word.size});
    }
}

bool rz_rules_quoted(struct rz_str *text, struct rz_str *inner)
{
    const char *close = text->size && text->data[0] == '"'
                            ? memchr(text->data + 1, '"', text->size - 1)
                            : NULL;
    if (!close)
        return false;
    *inner = (struct rz_str){text->data + 1, (size_t)(close - text->data - 1)};
    text->size -= inner->size + 2;
    text->data = close + 1;
    return true;
}

bool rz_rules_name(struct rz_str *text, struct rz_name *name)
{
    const char *why;
    struct rz_str inner;
    return rz_rules_quoted(text, &inner) && rz_name_parse(name, inner, NULL, &why) == RZ_OK;
}
