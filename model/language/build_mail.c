/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail policies in TXT records: DMARC (RFC 7489), MTA-STS (RFC 8461) and TLS reports (RFC 8460). */
#include "language/build.h"
#include "language/fields.h"

#define URI_MAX 1000

/* mailto: is put before addresses; others must be the schemes that the protocol knows. */
static bool append_uri(struct rz_call *call, struct rz_buffer *out, struct rz_str uri,
                       const char *tag, bool https)
{
    bool mailto = rz_str_starts_with(uri, "mailto:");
    const char *limit = memchr(uri.data, '!', uri.size);
    struct rz_str address = uri;
    if (limit && !https) /* DMARC: the largest report, §6.2 */
        address.size = (size_t)(limit - uri.data);
    address.data += mailto ? strlen("mailto:") : 0;
    address.size -= mailto ? strlen("mailto:") : 0;
    bool email = rz_build_is_email(address);
    if (limit && !https) {
        size_t i = 1, left = uri.size - (size_t)(limit - uri.data);
        while (i < left && limit[i] >= '0' && limit[i] <= '9')
            i++;
        if (i == 1 || (i < left && (i + 1 != left || !strchr("kmgtKMGT", limit[i]))))
            email = false;
    }
    bool plain = uri.size < URI_MAX;
    for (size_t i = 0; plain && i < uri.size; i++)
        plain = uri.data[i] > ' ' && uri.data[i] < 127 && uri.data[i] != ',' && uri.data[i] != ';';
    if (!plain || (!email && !(https && rz_str_starts_with(uri, "https://") && uri.size > 8))) {
        rz_call_fail(
            call,
            "`%s`: `%.*s` is no address for reports such as mailto:postmaster@example.com (%s)",
            tag, uri.size < 80 ? (int)uri.size : 80, uri.data,
            https ? "RFC 8460 §3" : "RFC 7489 §6.2");
        return false;
    }
    if (email && !mailto)
        rz_buffer_text(out, "mailto:");
    rz_buffer_str(out, uri);
    return true;
}

static bool append_uris(struct rz_call *call, struct rz_buffer *out, const struct rz_value *value,
                        const char *tag, bool https)
{
    const struct rz_value *items;
    struct rz_str text;
    size_t count = rz_build_items(value, &items), written = 0;
    for (size_t i = 0; i < count; i++) {
        if (!rz_build_text(call, &items[i], tag, &text))
            return false;
        while (text.size) {
            const char *comma = memchr(text.data, ',', text.size);
            struct rz_str uri = {text.data, comma ? (size_t)(comma - text.data) : text.size};
            text.data += uri.size + (comma != NULL);
            text.size -= uri.size + (comma != NULL);
            if (written++)
                rz_buffer_char(out, ',');
            if (!append_uri(call, out, rz_str_trim(uri), tag, https))
                return false;
        }
    }
    if (written == 0)
        rz_call_fail(call, "`%s` has no address for reports", tag);
    return written > 0;
}

enum tag_kind {
    TAG_POLICY,
    TAG_ALIGNMENT,
    TAG_PERCENT,
    TAG_OPTIONS,
    TAG_FORMAT,
    TAG_INTERVAL,
    TAG_URIS
};

/* In the order in which they are written; RFC 7489 §6.3, `np` of RFC 9091 §3.2. */
static const struct tag {
    const char *name;
    enum tag_kind kind;
} tags[] = {
    {"p", TAG_POLICY},       {"sp", TAG_POLICY},   {"np", TAG_POLICY},  {"adkim", TAG_ALIGNMENT},
    {"aspf", TAG_ALIGNMENT}, {"pct", TAG_PERCENT}, {"fo", TAG_OPTIONS}, {"rf", TAG_FORMAT},
    {"ri", TAG_INTERVAL},    {"rua", TAG_URIS},    {"ruf", TAG_URIS},
};
#define TAGS (sizeof tags / sizeof *tags)

static bool append_options(struct rz_call *call, struct rz_buffer *out,
                           const struct rz_value *value)
{
    const struct rz_value *items;
    struct rz_str text;
    for (size_t i = 0, count = rz_build_items(value, &items); i < count; i++) {
        if (!rz_build_text(call, &items[i], "fo", &text))
            return false;
        bool good = text.size % 2;
        for (size_t c = 0; good && c < text.size; c++)
            good = c % 2 ? text.data[c] == ':' : strchr("01ds", text.data[c]) != NULL;
        if (!good) {
            rz_call_fail(call, "`fo` is of 0, 1, d and s (RFC 7489 §6.3)");
            return false;
        }
        rz_buffer_text(out, i ? ":" : "");
        rz_buffer_str(out, text);
    }
    return true;
}

static bool append_word(struct rz_call *call, struct rz_buffer *out, const struct tag *tag,
                        const struct rz_value *value)
{
    static const char *const policies[] = {"none", "quarantine", "reject", NULL};
    static const char *const alignments[] = {"r", "s", "relaxed", "strict", NULL},
                             *const formats[] = {"afrf", NULL};
    struct rz_str text;
    if (!rz_build_text(call, value, tag->name, &text))
        return false;
    const char *const *words = tag->kind == TAG_POLICY   ? policies
                               : tag->kind == TAG_FORMAT ? formats
                                                         : alignments;
    int which = rz_build_word(call, text, tag->name, words);
    if (which >= 0)
        rz_buffer_text(out, words[tag->kind == TAG_ALIGNMENT ? which % 2 : which]);
    return which >= 0;
}

static bool append_tag(struct rz_call *call, struct rz_buffer *out, const struct tag *tag,
                       const struct rz_value *value)
{
    uint32_t number;
    uint64_t seconds;
    struct rz_str text;
    rz_buffer_printf(out, "; %s=", tag->name);
    switch (tag->kind) {
    case TAG_PERCENT:
        if (!rz_build_uint(call, value, tag->name, 100, &number))
            return false;
        rz_buffer_uint(out, number);
        return true;
    case TAG_INTERVAL:
        if (!rz_build_text(call, value, tag->name, &text))
            return false;
        if (!rz_duration_parse(&seconds, text) || seconds == 0 || seconds > UINT32_MAX) {
            rz_call_fail(call, "`ri` is a duration (RFC 7489 §6.3)");
            return false;
        }
        rz_buffer_uint(out, seconds);
        return true;
    case TAG_OPTIONS: return append_options(call, out, value);
    case TAG_URIS: return append_uris(call, out, value, tag->name, false);
    default: return append_word(call, out, tag, value);
    }
}

/* A record as text, `v=DMARC1; p=none`, as the map of its tags. */
static bool read_tags(struct rz_call *call, struct rz_str text, struct rz_value *map)
{
    struct rz_entry *entries = rz_call_entries(call, TAGS + 1);
    size_t count = 0;
    for (size_t number = 0; entries && text.size; number++) {
        const char *end = memchr(text.data, ';', text.size);
        struct rz_str tag = {text.data, end ? (size_t)(end - text.data) : text.size};
        text.data += tag.size + (end != NULL);
        text.size -= tag.size + (end != NULL);
        tag = rz_str_trim(tag);
        const char *equals = memchr(tag.data, '=', tag.size);
        if (tag.size == 0)
            continue;
        struct rz_str name = rz_str_trim(
            (struct rz_str){tag.data, equals ? (size_t)(equals - tag.data) : tag.size});
        struct rz_str value = RZ_STR("");
        if (equals)
            value = (struct rz_str){equals + 1, tag.size - (size_t)(equals + 1 - tag.data)};
        if (!equals || count > TAGS || (number == 0) != rz_str_is(name, "v")
            || (number == 0 && !rz_str_is(rz_str_trim(value), "DMARC1"))) {
            rz_call_fail(
                call,
                "a record begins `v=DMARC1; p=` and has tags of the form name=value (RFC 7489 §6.4)");
            return false;
        }
        if (number == 0)
            continue;
        entries[count++] = (struct rz_entry){rz_arena_str(call->evaluation->arena, name),
                                             rz_call_text(call, rz_str_trim(value))};
    }
    *map = rz_call_map(call, entries, count);
    return entries != NULL && !call->evaluation->failed;
}

static struct rz_value call_dmarc(struct rz_call *call)
{
    const char *known[TAGS + 1] = {0};
    struct rz_value map = call->arguments[0];
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    for (size_t i = 0; i < TAGS; i++)
        known[i] = tags[i].name;
    if (map.kind == RZ_VALUE_STRING && !read_tags(call, rz_value_str(&map), &map))
        return rz_value_null();
    if (map.kind != RZ_VALUE_MAP)
        return rz_call_fail(call, "the argument is a map of tags, or a record as text");
    if (!rz_build_check_keys(call, &map, known))
        return rz_value_null();
    if (!rz_build_get(&map, "p"))
        return rz_call_fail(
            call, "the policy `p` is missing: none, quarantine or reject (RFC 7489 §6.3)");
    rz_buffer_text(&out, "v=DMARC1");
    for (size_t i = 0; i < TAGS; i++) {
        const struct rz_value *value = rz_build_get(&map, tags[i].name);
        if (value && !append_tag(call, &out, &tags[i], value))
            return rz_value_null();
    }
    return rz_call_buffer(call, &out);
}

static struct rz_value call_mta_sts(struct rz_call *call)
{
    static const char *const known[] = {"id", NULL};
    const struct rz_value *value = &call->arguments[0];
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    struct rz_str id;
    if (value->kind == RZ_VALUE_MAP) {
        if (!rz_build_check_keys(call, value, known))
            return rz_value_null();
        value = rz_build_get(value, "id");
    }
    if (!rz_build_text(call, value, "id", &id))
        return rz_value_null();
    bool good = id.size >= 1 && id.size <= 32;
    for (size_t i = 0; good && i < id.size; i++)
        good = (id.data[i] >= '0' && id.data[i] <= '9')
               || ((id.data[i] | 32) >= 'a' && (id.data[i] | 32) <= 'z');
    if (!good)
        return rz_call_fail(call, "the id is of 1 to 32 letters and digits (RFC 8461 §3.1)");
    rz_buffer_printf(&out, "v=STSv1; id=%.*s;", RZ_STR_ARG(id));
    return rz_call_buffer(call, &out);
}

static struct rz_value call_tls_rpt(struct rz_call *call)
{
    static const char *const known[] = {"rua", NULL};
    const struct rz_value *value = &call->arguments[0];
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    if (value->kind == RZ_VALUE_MAP) {
        if (!rz_build_check_keys(call, value, known))
            return rz_value_null();
        value = rz_build_get(value, "rua");
    }
    rz_buffer_text(&out, "v=TLSRPTv1; rua=");
    return append_uris(call, &out, value, "rua", true) ? rz_call_buffer(call, &out)
                                                       : rz_value_null();
}

/* clang-format off */
const struct rz_function rz_functions_mail[] = {
    {"dmarc", "a", "dmarc(map) → string",
     "A DMARC record for `_dmarc` (RFC 7489 §6.3). Keys: `p` (none, quarantine, reject), `sp`, `np` (RFC 9091), `adkim` and `aspf` "
     "(relaxed, strict), `pct`, `fo`, `rf`, `ri`, `rua` and `ruf` (addresses). A record as text is checked.",
     "dmarc({p: \"reject\", adkim: \"strict\", rua: \"dmarc@example.com\"})",
     "\"v=DMARC1; p=reject; adkim=s; rua=mailto:dmarc@example.com\"", call_dmarc},
    {"mta_sts", "a", "mta_sts(id) → string", "A record for `_mta-sts` (RFC 8461 §3.1); a new id tells senders of a new policy.",
     "mta_sts(20260101)", "\"v=STSv1; id=20260101;\"", call_mta_sts},
    {"tls_rpt", "a", "tls_rpt(addresses) → string", "A record for `_smtp._tls` (RFC 8460 §3): where reports on TLS go, by mail or https.",
     "tls_rpt(\"tls@example.com\")", "\"v=TLSRPTv1; rua=mailto:tls@example.com\"", call_tls_rpt},
    {0},
};
/* clang-format on */
