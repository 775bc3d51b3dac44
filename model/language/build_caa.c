/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CAA (RFC 8659) by issuer, with accounts and methods (RFC 8657). */
#include "language/build.h"

/* Names by which issuers are known, and the domains they look for. */
static const struct issuer {
    const char *name, *domain;
} issuers[] = {
    {"letsencrypt", "letsencrypt.org"},
    {"let's encrypt", "letsencrypt.org"},
    {"digicert", "digicert.com"},
    {"google", "pki.goog"},
    {"google trust services", "pki.goog"},
    {"sectigo", "sectigo.com"},
    {"zerossl", "sectigo.com"},
    {"amazon", "amazon.com"},
    {"globalsign", "globalsign.com"},
    {"buypass", "buypass.com"},
    {"ssl.com", "ssl.com"},
    {"entrust", "entrust.net"},
    {"godaddy", "godaddy.com"},
    {"harica", "harica.gr"},
    {"actalis", "actalis.it"},
    {"certum", "certum.pl"},
    {"telesec", "telesec.de"},
    {"identrust", "identrust.com"},
    {"swisssign", "swisssign.com"},
};

enum property_kind { PROPERTY_ISSUER, PROPERTY_URL, PROPERTY_EMAIL, PROPERTY_PHONE };

/* RFC 8659 §4.2 to §4.4, RFC 9495, and the CA/Browser Forum's contacts. */
static const struct property {
    const char *name;
    enum property_kind kind;
} properties[] = {
    {"issue", PROPERTY_ISSUER},       {"issuewild", PROPERTY_ISSUER},
    {"issuemail", PROPERTY_ISSUER},   {"issuevmc", PROPERTY_ISSUER},
    {"iodef", PROPERTY_URL},          {"contactemail", PROPERTY_EMAIL},
    {"contactphone", PROPERTY_PHONE},
};
#define PROPERTIES (sizeof properties / sizeof *properties)

static struct rz_str issuer_domain(struct rz_str name)
{
    for (size_t i = 0; i < sizeof issuers / sizeof *issuers; i++)
        if (rz_str_equal_nocase(name, rz_str_of(issuers[i].name)))
            return rz_str_of(issuers[i].domain);
    return name;
}

/* tag "=" value of RFC 8659 §4.2: no blanks, `;` or quotes. */
static bool is_parameter(struct rz_str value)
{
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] <= ' ' || value.data[i] >= 127 || strchr(";\"\\", value.data[i]))
            return false;
    return value.size > 0;
}

/* `letsencrypt.org; accounturi=…`, the value as users write it. */
static bool append_written(struct rz_call *call, struct rz_buffer *out, struct rz_str text)
{
    for (bool first = true; first || text.size; first = false) {
        const char *end = memchr(text.data, ';', text.size);
        struct rz_str part = {text.data, end ? (size_t)(end - text.data) : text.size};
        text.data += part.size + (end != NULL);
        text.size -= part.size + (end != NULL);
        part = rz_str_trim(part);
        if (first) {
            part = issuer_domain(part);
            if (!rz_build_domain(call, &part, "the issuer"))
                return false;
        } else if (!is_parameter(part) || !memchr(part.data, '=', part.size)) {
            rz_call_fail(call, "`%.*s` is no parameter of the form name=value (RFC 8659 §4.2)",
                         part.size < 80 ? (int)part.size : 80, part.data);
            return false;
        }
        rz_buffer_text(out, first ? "" : "; ");
        rz_buffer_str(out, part);
    }
    return true;
}

static bool append_methods(struct rz_call *call, struct rz_buffer *out,
                           const struct rz_value *methods)
{
    const struct rz_value *items;
    struct rz_str text;
    for (size_t i = 0, count = rz_build_items(methods, &items); i < count; i++) {
        if (!rz_build_text(call, &items[i], "methods", &text))
            return false;
        bool good = text.size > 0;
        for (size_t c = 0; good && c < text.size; c++)
            good = (text.data[c] >= '0' && text.data[c] <= '9') || strchr("-,", text.data[c])
                   || ((text.data[c] | 32) >= 'a' && (text.data[c] | 32) <= 'z');
        if (!good) {
            rz_call_fail(call,
                         "a method is of letters, digits and hyphens, as dns-01 (RFC 8657 §4)");
            return false;
        }
        rz_buffer_text(out, i ? "," : "; validationmethods=");
        rz_buffer_str(out, text);
    }
    return true;
}

static bool append_issuer(struct rz_call *call, struct rz_buffer *out, const struct rz_value *value)
{
    static const char *const known[] = {"ca", "account", "methods", NULL};
    struct rz_str text;
    if (value->kind != RZ_VALUE_MAP) {
        if (!rz_build_text(call, value, "issuer", &text))
            return false;
        text = rz_str_trim(text);
        if (text.size == 0 || rz_str_is(text, ";") || rz_str_equal_nocase(text, RZ_STR("none"))) {
            rz_buffer_char(out, ';'); /* nobody: RFC 8659 §4.2 */
            return true;
        }
        return append_written(call, out, text);
    }
    if (!rz_build_check_keys(call, value, known)
        || !rz_build_text(call, rz_build_get(value, "ca"), "ca", &text)
        || !append_written(call, out, text))
        return false;
    const struct rz_value *account = rz_build_get(value, "account");
    if (account) {
        if (!rz_build_text(call, account, "account", &text))
            return false;
        if (!is_parameter(text) || !memchr(text.data, ':', text.size)) {
            rz_call_fail(call, "`account` is a URI (RFC 8657 §3)");
            return false;
        }
        rz_buffer_printf(out, "; accounturi=%.*s", RZ_STR_ARG(text));
    }
    return append_methods(call, out, rz_build_get(value, "methods"));
}

static bool append_contact(struct rz_call *call, struct rz_buffer *out,
                           const struct property *property, const struct rz_value *value)
{
    struct rz_str text;
    if (!rz_build_text(call, value, property->name, &text))
        return false;
    text = rz_str_trim(text);
    bool email = rz_build_is_email(text), url = is_parameter(text);
    bool mailto = rz_str_starts_with(text, "mailto:")
                  && rz_build_is_email((struct rz_str){text.data + 7, text.size - 7});
    if (property->kind == PROPERTY_URL) {
        url = mailto || email
              || (url
                  && (rz_str_starts_with(text, "https://") || rz_str_starts_with(text, "http://")));
        rz_buffer_text(out, email ? "mailto:" : "");
    }
    if (property->kind == PROPERTY_EMAIL ? !email : !url) {
        rz_call_fail(call, "`%s`: `%.*s` is no %s", property->name,
                     text.size < 80 ? (int)text.size : 80, text.data,
                     property->kind == PROPERTY_URL ? "mailto:, http: or https: URL (RFC 8659 §4.4)"
                     : property->kind == PROPERTY_EMAIL ? "mail address"
                                                        : "telephone number");
        return false;
    }
    rz_buffer_str(out, text);
    return true;
}

static bool add_property(struct rz_call *call, const struct property *property,
                         const struct rz_value *value, bool critical, struct rz_value *record)
{
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    rz_buffer_printf(&out, "%d %s \"", critical ? 128 : 0, property->name);
    if (!(property->kind == PROPERTY_ISSUER ? append_issuer(call, &out, value)
                                            : append_contact(call, &out, property, value)))
        return false;
    rz_buffer_char(&out, '"');
    *record = rz_call_buffer(call, &out);
    return record->kind == RZ_VALUE_STRING;
}

/* Plain issuers are `issue` ones. */
static struct rz_value as_map(struct rz_call *call)
{
    const struct rz_value *value = &call->arguments[0];
    bool is_issuer = value->kind == RZ_VALUE_MAP && rz_build_get(value, "ca");
    if (value->kind == RZ_VALUE_MAP && !is_issuer)
        return *value;
    struct rz_entry *entries = rz_call_entries(call, 1);
    if (entries)
        entries[0] = (struct rz_entry){RZ_STR("issue"), *value};
    return rz_call_map(call, entries, 1);
}

static struct rz_value call_caa(struct rz_call *call)
{
    const char *known[PROPERTIES + 2] = {0};
    const struct rz_value *items;
    struct rz_value map = as_map(call);
    bool critical;
    size_t count = 0, all = 0;
    for (size_t i = 0; i < PROPERTIES; i++) {
        known[i] = properties[i].name;
        all += rz_build_items(rz_build_get(&map, properties[i].name), &items);
    }
    known[PROPERTIES] = "critical";
    if (call->evaluation->failed || !rz_build_check_keys(call, &map, known)
        || !rz_build_bool(call, rz_build_get(&map, "critical"), "critical", false, &critical))
        return rz_value_null();
    struct rz_value *records = rz_call_items(call, all);
    if (!records)
        return rz_value_null();
    for (size_t i = 0; i < PROPERTIES; i++)
        for (size_t j = 0, given = rz_build_items(rz_build_get(&map, properties[i].name), &items);
             j < given; j++)
            if (!add_property(call, &properties[i], &items[j], critical, &records[count++]))
                return rz_value_null();
    return count ? rz_call_list(call, records, count)
                 : rz_call_fail(call, "no issuer is given; `issue: none` forbids all");
}

/* clang-format off */
const struct rz_function rz_functions_caa[] = {
    {"caa", "a", "caa(issuers) or caa(map) → list",
     "CAA records (RFC 8659). Keys: `issue`, `issuewild`, `issuemail`, `issuevmc` (a domain, a known name such as letsencrypt, none, or "
     "{ca, account, methods} as in RFC 8657), `iodef`, `contactemail`, `contactphone`, `critical`.",
     "caa({issue: [\"letsencrypt\", {ca: \"pki.goog\", methods: [\"dns-01\"]}], issuewild: \"none\", iodef: \"ca@example.com\"})",
     "[\"0 issue \\\"letsencrypt.org\\\"\",\"0 issue \\\"pki.goog; validationmethods=dns-01\\\"\",\"0 issuewild \\\";\\\"\","
     "\"0 iodef \\\"mailto:ca@example.com\\\"\"]", call_caa},
    {0},
};
/* clang-format on */
