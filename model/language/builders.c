/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builders as keys: which function makes which type of record, and where it stands. */
#include "language/builders.h"

#include "dns/rtype.h"
#include "language/build.h"

enum prefix_kind { PREFIX_NONE, PREFIX_FIXED, PREFIX_SELECTOR, PREFIX_PORT };

static const struct builder {
    const char *key;
    uint16_t type;
    enum prefix_kind kind;
    const char *prefix;
    bool each; /* an item of a list is a value of its own */
} builders[] = {
    {"spf", RZ_TYPE_TXT, PREFIX_NONE, "", false},
    {"dmarc", RZ_TYPE_TXT, PREFIX_FIXED, "_dmarc", true},
    {"caa", RZ_TYPE_CAA, PREFIX_NONE, "", false},
    {"dkim", RZ_TYPE_TXT, PREFIX_SELECTOR, "", true},
    {"tlsa", RZ_TYPE_TLSA, PREFIX_PORT, "", true},
    {"sshfp", RZ_TYPE_SSHFP, PREFIX_NONE, "", false},
    {"mta_sts", RZ_TYPE_TXT, PREFIX_FIXED, "_mta-sts", true},
    {"tls_rpt", RZ_TYPE_TXT, PREFIX_FIXED, "_smtp._tls", false},
    {"svcb", RZ_TYPE_SVCB, PREFIX_NONE, "", true},
    {"https", RZ_TYPE_HTTPS, PREFIX_NONE, "", true},
    {"loc", RZ_TYPE_LOC, PREFIX_NONE, "", false},
};
#define BUILDERS (sizeof builders / sizeof *builders)

static const struct builder *find(struct rz_str key)
{
    for (size_t i = 0; i < BUILDERS; i++)
        if (rz_str_is(key, builders[i].key))
            return &builders[i];
    return NULL;
}

bool rz_builder_find(struct rz_str key)
{
    return find(key) != NULL;
}

const char *const *rz_builder_keys(void)
{
    static const char *const keys[] = {"spf",     "dmarc",   "caa",  "dkim",  "tlsa", "sshfp",
                                       "mta_sts", "tls_rpt", "svcb", "https", "loc",  NULL};
    return keys;
}

/* `selector` of dkim: labels (RFC 6376 §3.1). */
static bool selector_prefix(struct rz_call *call, const struct rz_value *map, struct rz_str *prefix)
{
    const struct rz_value *selector = rz_build_get(map, "selector");
    struct rz_str text;
    if (!selector)
        return true;
    if (!rz_build_text(call, selector, "selector", &text)
        || !rz_build_domain(call, &text, "the selector"))
        return false;
    *prefix = rz_str_of(
        rz_arena_printf(call->evaluation->arena, "%.*s._domainkey", RZ_STR_ARG(text)));
    return true;
}

/* `port` and `protocol` of tlsa (RFC 6698 §3). */
static bool port_prefix(struct rz_call *call, const struct rz_value *map, struct rz_str *prefix)
{
    static const char *const protocols[] = {"tcp", "udp", "sctp", NULL};
    const struct rz_value *port = rz_build_get(map, "port"),
                          *protocol = rz_build_get(map, "protocol");
    struct rz_str text = RZ_STR("tcp");
    uint32_t number;
    int which = 0;
    if (!port && protocol) {
        rz_call_fail(call, "`protocol` goes with a `port`");
        return false;
    }
    if (!port)
        return true;
    if (protocol && !rz_build_text(call, protocol, "protocol", &text))
        return false;
    which = rz_build_word(call, text, "protocol", protocols);
    if (which < 0 || !rz_build_uint(call, port, "port", UINT16_MAX, &number))
        return false;
    *prefix = rz_str_of(
        rz_arena_printf(call->evaluation->arena, "_%u._%s", number, protocols[which]));
    return true;
}

static bool prefix_of(struct rz_call *call, const struct builder *builder,
                      const struct rz_value *value, struct rz_str *prefix)
{
    *prefix = rz_str_of(builder->prefix);
    if (value->kind == RZ_VALUE_MAP && builder->kind == PREFIX_SELECTOR)
        return selector_prefix(call, value, prefix);
    if (value->kind == RZ_VALUE_MAP && builder->kind == PREFIX_PORT)
        return port_prefix(call, value, prefix);
    return true;
}

/* RRsets while they are made. */
struct building {
    struct rz_built *built;
    struct rz_value **values; /* of each, with room for `given` */
    size_t count, given;
};

/* The RRset of a prefix: found, or begun. */
static struct rz_built *rrset_of(struct rz_call *call, struct building *building, uint16_t type,
                                 struct rz_str prefix)
{
    for (size_t i = 0; i < building->count; i++)
        if (rz_str_equal(building->built[i].prefix, prefix))
            return &building->built[i];
    struct rz_value *values = rz_call_items(call, building->given);
    if (!values)
        return NULL;
    building->values[building->count] = values;
    building->built[building->count] = (struct rz_built){type, prefix,
                                                         rz_call_list(call, values, 0)};
    return &building->built[building->count++];
}

/* One value of the key: a string behind those of its RRset, or the whole list. */
static bool apply_one(struct rz_call *call, const struct builder *builder,
                      const struct rz_value *value, struct building *building)
{
    struct rz_str prefix;
    call->arguments = value;
    call->count = 1;
    struct rz_value made = rz_function_call(call);
    if (call->evaluation->failed || !prefix_of(call, builder, value, &prefix))
        return false;
    struct rz_built *rrset = rrset_of(call, building, builder->type, prefix);
    if (!rrset)
        return false;
    if (made.kind == RZ_VALUE_LIST)
        rrset->values = made;
    else
        building->values[rrset - building->built][rrset->values.count++] = made;
    return true;
}

bool rz_builder_apply(struct rz_evaluation *evaluation, const struct rz_bindings *bindings,
                      struct rz_str key, const struct rz_value *value, struct rz_built **built,
                      size_t *count)
{
    const struct builder *builder = find(key);
    const struct rz_function *function = rz_function_find(key);
    const struct rz_value *items = value;
    struct rz_call call = {
        .evaluation = evaluation, .function = function, .width = 1, .bindings = bindings};
    struct building building = {.given = builder && builder->each ? rz_build_items(value, &items)
                                                                  : 1};
    *count = 0;
    evaluation->failed = false;
    if (!builder || !function || value->kind == RZ_VALUE_NULL || building.given == 0) {
        rz_evaluation_error(evaluation, 0, 1, "`%.*s` has no value", RZ_STR_ARG(key));
        return false;
    }
    if (!rz_evaluation_spend(evaluation, building.given, building.given * sizeof **built))
        return false;
    building.built = rz_arena_alloc(evaluation->arena, building.given * sizeof **built);
    building.values = rz_arena_alloc(evaluation->arena, building.given * sizeof *building.values);
    for (size_t i = 0; i < building.given; i++)
        if (!apply_one(&call, builder, &items[i], &building))
            return false;
    *built = building.built;
    *count = building.count;
    return true;
}
