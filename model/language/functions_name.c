/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of domain names. As everywhere in a zone, a name is relative to its origin unless it ends
 * in a dot. */
#include "dns/name.h"
#include "language/functions.h"

static bool fail_name(struct rz_call *call, struct rz_str text, const char *why)
{
    rz_call_fail(call, "`%.*s` is no domain name: %s", text.size < 80 ? (int)text.size : 80,
                 text.data, why);
    return false;
}

/* The origin: the argument at `i`, or the zone. A final dot may be missing. */
static bool read_origin(struct rz_call *call, uint32_t i, struct rz_name *origin)
{
    const struct rz_value *text = i < call->count
                                      ? &call->arguments[i]
                                      : rz_bindings_find(call->bindings, RZ_STR("zone"));
    const char *why;
    if (!text || text->kind != RZ_VALUE_STRING) {
        rz_call_fail(call, "there is no zone here, so the origin must be given");
        return false;
    }
    return rz_name_parse(origin, rz_value_str(text), NULL, &why) == RZ_OK
           || fail_name(call, rz_value_str(text), why);
}

static bool read_name(struct rz_call *call, struct rz_name *name, const uint8_t *origin)
{
    struct rz_str text = rz_value_str(&call->arguments[0]);
    const char *why;
    return rz_name_parse(name, text, origin, &why) == RZ_OK || fail_name(call, text, why);
}

static bool is_absolute(struct rz_str text)
{
    return rz_str_ends_with(text, ".") && !rz_str_ends_with(text, "\\.");
}

/* The name with a final dot where the argument has one. */
static struct rz_value name_text(struct rz_call *call, const uint8_t *name, bool absolute)
{
    char text[RZ_NAME_TEXT_MAX];
    if (!absolute && name[0] == 0)
        return rz_call_text(call, RZ_STR("@"));
    return rz_call_text(
        call, rz_str_of(absolute ? rz_name_text(text, name) : rz_name_text_plain(text, name)));
}

static struct rz_value call_fqdn(struct rz_call *call)
{
    struct rz_name origin, name;
    if (!read_origin(call, 1, &origin) || !read_name(call, &name, origin.wire))
        return rz_value_null();
    return name_text(call, name.wire, true);
}

static struct rz_value call_relative(struct rz_call *call)
{
    struct rz_name origin, name;
    char text[RZ_NAME_TEXT_MAX];
    if (!read_origin(call, 1, &origin) || !read_name(call, &name, origin.wire))
        return rz_value_null();
    return rz_call_text(call, rz_str_of(rz_name_text_relative(text, name.wire, origin.wire)));
}

static struct rz_value call_parent(struct rz_call *call)
{
    struct rz_name name;
    struct rz_str text = rz_value_str(&call->arguments[0]);
    if (rz_str_is(text, "@") || rz_str_is(text, "."))
        return rz_call_fail(call, "`%s` has no parent here", text.data);
    if (!read_name(call, &name, NULL))
        return rz_value_null();
    return name_text(call, rz_name_parent(name.wire), is_absolute(text));
}

static struct rz_value call_label(struct rz_call *call)
{
    struct rz_name name, label = {.size = 0};
    char text[RZ_NAME_TEXT_MAX];
    int64_t number = call->count > 1 ? call->arguments[1].integer : 0;
    if (!read_name(call, &name, NULL))
        return rz_value_null();
    int64_t labels = rz_name_labels(name.wire), at = number < 0 ? number + labels : number;
    if (at < 0 || at >= labels)
        return rz_call_fail(call, "the name has %lld labels, so none at %lld", (long long)labels,
                            (long long)number);
    const uint8_t *from = name.wire;
    while (at--)
        from = rz_name_parent(from);
    memcpy(label.wire, from, (size_t)from[0] + 1);
    label.wire[from[0] + 1] = 0;
    return rz_call_text(call, rz_str_of(rz_name_text_plain(text, label.wire)));
}

static struct rz_value call_idna(struct rz_call *call)
{
    struct rz_name name;
    if (!read_name(call, &name, NULL))
        return rz_value_null();
    return name_text(call, name.wire, is_absolute(rz_value_str(&call->arguments[0])));
}

/* Letters, digits and single hyphens inside: a host name's label (RFC 1123 §2.1). */
static struct rz_value call_slug(struct rz_call *call)
{
    struct rz_str text = rz_value_str(&call->arguments[0]);
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    for (size_t i = 0; i < text.size && out.size < 64; i++) {
        char c = text.data[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            rz_buffer_char(&out, c);
        else if (out.size && out.data[out.size - 1] != '-')
            rz_buffer_char(&out, '-');
    }
    while (out.size && out.data[out.size - 1] == '-')
        out.size--;
    if (out.size == 0 || out.size > 63)
        return rz_call_fail(
            call, "no label of 1 to 63 letters, digits and hyphens can be made of the text");
    return rz_call_text(call, rz_buffer_view(&out));
}

/* clang-format off */
const struct rz_function rz_functions_name[] = {
    {"fqdn", "s?s", "fqdn(name, origin = zone) → string", "The absolute name.",
     "[fqdn(\"www\"), fqdn(\"@\"), fqdn(\"a.b.\"), fqdn(\"a\", \"example.net\")]",
     "[\"www.example.com.\",\"example.com.\",\"a.b.\",\"a.example.net.\"]", call_fqdn},
    {"relative", "s?s", "relative(name, origin = zone) → string",
     "The name below its origin, which is `@` itself; a name elsewhere stays absolute.",
     "[relative(\"www.example.com.\"), relative(\"example.com.\"), relative(\"a.example.net.\")]",
     "[\"www\",\"@\",\"a.example.net.\"]", call_relative},
    {"parent", "s", "parent(name) → string", "The name without its first label.",
     "[parent(\"a.b.example.com.\"), parent(\"a.b\"), parent(\"a\")]", "[\"b.example.com.\",\"b\",\"@\"]", call_parent},
    {"label", "s?i", "label(name, number = 0) → string", "A label of the name, counted from 0; negative numbers count from the end.",
     "[label(\"www.example.com.\"), label(\"www.example.com\", -1)]", "[\"www\",\"com\"]", call_label},
    {"idna", "s", "idna(name) → string", "The name in ASCII: Unicode labels become A-labels (IDNA 2008).",
     "idna(\"Bücher.example\")", "\"xn--bcher-kva.example\"", call_idna},
    {"slug", "s", "slug(text) → string",
     "A host name's label of any text: letters and digits in lower case, hyphens for what is between them.",
     "slug(\"Front Desk, 2nd floor\")", "\"front-desk-2nd-floor\"", call_slug},
    {0},
};
/* clang-format on */
