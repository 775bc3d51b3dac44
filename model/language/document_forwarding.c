/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `forwarding:` of zone documents: rules become FORWARD records (dns/forward.h), and from there on
 * are planned, journaled and applied like any other. */
#include <stdlib.h>

#include "dns/forward.h"
#include "language/document_internal.h"
#include "language/zone_fields.h"
#include "support/alloc.h"

#define DNS_PORT 53
#define TLS_PORT 853
#define PRIORITY_STEP 10

enum policy { POLICY_FIRST, POLICY_ROUND_ROBIN };
static const char *const policies[] = {"first", "round_robin", NULL};

struct rule {
    struct rz_strings names, except;
    const struct rz_node *targets;
    int policy;
};

const struct rz_field rz_forwarding_fields[] = {
    {.key = "name",
     .kind = RZ_FIELD_STRINGS,
     .required = true,
     .offset = offsetof(struct rule, names),
     .summary = "domains, in full, whose questions are forwarded with all below them"},
    {.key = "targets",
     .kind = RZ_FIELD_NODE,
     .required = true,
     .offset = offsetof(struct rule, targets),
     .summary = "servers that are asked: addresses, or maps"},
    {.key = "policy",
     .kind = RZ_FIELD_ENUM,
     .choices = policies,
     .fallback = "first",
     .offset = offsetof(struct rule, policy),
     .summary = "first: in the order written, the next when one fails; round_robin: all alike"},
    {.key = "except",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct rule, except),
     .summary = "domains below that are resolved as if there were no rule"},
    {0},
};

struct tls_fields {
    const char *name;
};
static const struct rz_field tls_fields[] = {
    {.key = "name",
     .kind = RZ_FIELD_STRING,
     .required = true,
     .offset = offsetof(struct tls_fields, name),
     .summary = "the name that the server's certificate must be for"},
    {0},
};

struct target {
    const char *address;
    uint64_t port, priority;
    struct tls_fields tls;
};
const struct rz_field rz_forward_target_fields[] = {
    {.key = "address",
     .kind = RZ_FIELD_STRING,
     .required = true,
     .offset = offsetof(struct target, address),
     .summary = "IPv4 or IPv6"},
    {.key = "port",
     .kind = RZ_FIELD_UINT,
     .maximum = 65535,
     .offset = offsetof(struct target, port),
     .summary = "53 where left out, 853 with `tls`"},
    {.key = "priority",
     .kind = RZ_FIELD_UINT,
     .maximum = 65535,
     .offset = offsetof(struct target, priority),
     .summary = "smaller numbers are asked first; by the order written where left out"},
    {.key = "tls",
     .kind = RZ_FIELD_MAP,
     .fields = tls_fields,
     .offset = offsetof(struct target, tls),
     .summary = "DNS over TLS"},
    {0},
};

/* One rule being read. */
struct reading {
    struct rz_document *document;
    const struct rz_node *node;
    struct rule rule;
    struct rz_forward *targets;
    size_t count;
};

/* A domain of a rule: names stand in full, with or without a final dot, and must be of the zone. */
static bool read_domain(struct reading *reading, const char *key, const char *text,
                        struct rz_name *name)
{
    struct rz_document *document = reading->document;
    const struct rz_node *at = rz_node_get(reading->node, key);
    const char *why;
    char apex[RZ_NAME_TEXT_MAX];
    if (rz_name_parse(name, rz_str_of(text), NULL, &why) != RZ_OK) {
        rz_document_error(document, RZ1101, at, "`%.300s` is no domain: %s", text, why);
        return false;
    }
    if (rz_name_in(name->wire, document->zone->apex.wire))
        return true;
    struct rz_diag *diag = rz_document_error(
        document, RZ6101, at, "`%.300s` is not in the zone %s, whose file this is", text,
        rz_name_text_plain(apex, document->zone->apex.wire));
    rz_diag_hint(
        document->diags, diag,
        "write it into that zone's file; a file with `zone: .` may have rules for any name");
    return false;
}

static bool wrong_target(struct reading *reading, const struct rz_node *node, const char *why,
                         const char *text)
{
    struct rz_diag *diag = rz_document_error(reading->document, RZ6102, node, "%s%s%.100s%s", why,
                                             text ? ": `" : "", text ? text : "", text ? "`" : "");
    rz_diag_hint(reading->document->diags, diag,
                 "such as 192.0.2.53 or {address: 192.0.2.53, port: 853, tls: {name: "
                 "dns.example.net}}");
    return false;
}

/* The fields of a target as a record; without a priority it is `priority`. */
static bool make_target(struct reading *reading, const struct rz_node *node,
                        const struct target *fields, uint16_t priority)
{
    struct rz_forward *forward = &reading->targets[reading->count];
    const char *why;
    *forward = (struct rz_forward){.tls = {.size = 1}};
    if (!rz_forward_set_address(forward, fields->address))
        return wrong_target(reading, node, "a target's address is IPv4 or IPv6", fields->address);
    if (rz_forward_is_unusable(forward))
        return wrong_target(reading, node, "no server has this address", fields->address);
    if (fields->tls.name
        && (rz_name_parse(&forward->tls, rz_str_of(fields->tls.name), NULL, &why) != RZ_OK
            || forward->tls.size == 1))
        return wrong_target(reading, node, "the name of the certificate is no host name",
                            fields->tls.name);
    forward->port = fields->port ? (uint16_t)fields->port : fields->tls.name ? TLS_PORT : DNS_PORT;
    forward->priority = fields->priority ? (uint16_t)fields->priority : priority;
    for (size_t i = 0; i < reading->count; i++) {
        const struct rz_forward *other = &reading->targets[i];
        if (other->port == forward->port && other->family == forward->family
            && memcmp(other->address, forward->address, sizeof other->address) == 0)
            return wrong_target(reading, node, "the target stands in the rule twice",
                                fields->address);
    }
    reading->count++;
    return true;
}

static bool read_target(struct reading *reading, const struct rz_node *node)
{
    struct rz_document *document = reading->document;
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    bool shared = reading->rule.policy == POLICY_ROUND_ROBIN;
    uint16_t priority = (uint16_t)(PRIORITY_STEP * (shared ? 1 : reading->count + 1));
    struct target fields = {0};
    if (node->kind == RZ_NODE_SCALAR) {
        fields.address = node->text;
    } else if (node->kind != RZ_NODE_MAP) {
        return wrong_target(reading, node, "a target is an address or a map", NULL);
    } else if (rz_fields_load(&reader, node, rz_forward_target_fields, &fields) != RZ_OK) {
        document->failed = true;
        return false;
    }
    if (shared && fields.priority)
        return wrong_target(reading, node, "with `policy: round_robin` targets have no priority",
                            NULL);
    return make_target(reading, node, &fields, priority);
}

/* Only the order counts: the smallest priority becomes 10, the next 20. So every rule has one form,
 * also where a resolver keeps the order alone. */
static void rank(struct rz_forward *targets, size_t count)
{
    uint16_t done = 0;
    for (uint16_t next = PRIORITY_STEP;; next += PRIORITY_STEP) {
        uint32_t smallest = UINT32_MAX;
        for (size_t i = done; i < count; i++)
            if (targets[i].priority < smallest)
                smallest = targets[i].priority;
        if (smallest == UINT32_MAX)
            return;
        for (size_t i = done; i < count; i++) {
            struct rz_forward found = targets[i];
            if (found.priority != smallest)
                continue;
            found.priority = next;
            memmove(&targets[done + 1], &targets[done], (i - done) * sizeof *targets);
            targets[done++] = found;
        }
    }
}

#define TARGETS_MAX 100

static bool read_targets(struct reading *reading)
{
    const struct rz_node *list = reading->rule.targets;
    size_t count = list->kind == RZ_NODE_LIST ? list->count : 1;
    if (count == 0 || count > TARGETS_MAX || list->kind == RZ_NODE_NULL)
        return wrong_target(reading, list, "a rule has 1 to 100 targets", NULL);
    reading->targets = rz_arena_alloc(&reading->document->nodes, count * sizeof *reading->targets);
    bool good = true;
    for (uint32_t i = 0; i < count; i++)
        good &= read_target(reading, list->kind == RZ_NODE_LIST ? list->items[i] : list);
    rank(reading->targets, reading->count);
    return good;
}

static void add_record(struct reading *reading, const struct rz_name *owner,
                       const struct rz_forward *forward, bool first)
{
    struct rz_document *document = reading->document;
    const struct rz_node *at = rz_node_get(reading->node, "name");
    uint8_t wire[RZ_FORWARD_WIRE_MAX];
    struct rz_rdata rdata = {wire, (uint16_t)rz_forward_to_wire(forward, wire)};
    struct rz_record_origin origin = {.provenance = document->file,
                                      .line = at->line,
                                      .column = at->column,
                                      .flags = first ? RZ_RRSET_FIRST : 0};
    rz_zone_add(document->zone, owner->wire, RZ_TYPE_FORWARD, 0, rdata, origin);
}

static void add_exceptions(struct reading *reading, const struct rz_name *names)
{
    static const struct rz_forward none = {.tls = {.size = 1}};
    for (size_t i = 0; i < reading->rule.except.count; i++) {
        struct rz_name name;
        const char *text = reading->rule.except.items[i];
        if (!read_domain(reading, "except", text, &name))
            continue;
        bool below = false;
        for (size_t k = 0; k < reading->rule.names.count; k++)
            below |= rz_name_in(name.wire, names[k].wire)
                     && !rz_name_equal(name.wire, names[k].wire);
        if (below)
            add_record(reading, &name, &none, true);
        else
            rz_document_error(reading->document, RZ6101, rz_node_get(reading->node, "except"),
                              "`%.300s` is below none of the rule's domains", text);
    }
}

static void load_rule(struct rz_document *document, const struct rz_node *node)
{
    struct reading reading = {.document = document, .node = node};
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (node->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, node, "a rule is a map with `name` and `targets`");
        return;
    }
    if (rz_fields_load(&reader, node, rz_forwarding_fields, &reading.rule) != RZ_OK) {
        document->failed = true;
        return;
    }
    size_t count = reading.rule.names.count;
    struct rz_name *names = rz_arena_alloc(&document->nodes, (count + 1) * sizeof *names);
    bool good = read_targets(&reading);
    for (size_t i = 0; i < count; i++)
        good &= read_domain(&reading, "name", reading.rule.names.items[i], &names[i]);
    for (size_t i = 0; good && i < count; i++)
        for (size_t k = 0; k < reading.count; k++)
            add_record(&reading, &names[i], &reading.targets[k], k == 0);
    if (good)
        add_exceptions(&reading, names);
}

void rz_document_load_forwarding(struct rz_document *document, const struct rz_node *rules)
{
    document->scope.failed = false;
    const struct rz_node *list = rules ? rz_scope_expand(&document->scope, rules) : NULL;
    document->failed |= document->scope.failed;
    if (!list || list->kind == RZ_NODE_NULL)
        return;
    if (list->kind != RZ_NODE_LIST) {
        rz_document_error(document, RZ1005, list, "`forwarding` is a list of rules, not %s",
                          rz_node_kind_text(list));
        return;
    }
    for (uint32_t i = 0; i < list->count; i++)
        load_rule(document, list->items[i]);
}
