/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What files of rules have in common, whatever the resolver. */
#include <stdio.h>

#include "dns/rtype.h"
#include "resolver/resolver.h"

bool rz_resolver_takes(uint16_t type)
{
    return type == RZ_TYPE_FORWARD;
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

const char *rz_resolver_refuses(const struct rz_rrset *rule)
{
    struct rz_forward forward;
    bool plain = false, tls = false;
    if (!is_plain_name(rule->owner))
        return "its configuration takes names of letters, digits, `-` and `_` only";
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rule); rz_rdata_next(&c);) {
        if (!rz_forward_from_wire(&forward, c.wire, c.size) || forward.family == 0)
            continue;
        if (forward.priority != RZ_RESOLVER_PRIORITY)
            return "it asks the target that answers fastest and knows no order; write "
                   "`policy: round_robin`, which leaves the choice to it";
        plain |= forward.tls.size == 1;
        tls |= forward.tls.size > 1;
        if (!is_plain_name(forward.tls.wire))
            return "the name of a certificate is of letters, digits, `-` and `_` only";
    }
    if (plain && tls)
        return "it asks all targets of a rule by TLS or none";
    return rz_forward_is_exception(rule) && (plain || tls)
               ? "a name is forwarded or an exception, not both"
               : NULL;
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

bool rz_rules_name(struct rz_str *text, struct rz_name *name)
{
    const char *why;
    const char *close = text->size && text->data[0] == '"'
                            ? memchr(text->data + 1, '"', text->size - 1)
                            : NULL;
    if (!close)
        return false;
    struct rz_str inner = {text->data + 1, (size_t)(close - text->data - 1)};
    text->size -= inner.size + 2;
    text->data = close + 1;
    return rz_name_parse(name, inner, NULL, &why) == RZ_OK;
}
