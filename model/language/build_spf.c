/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPF (RFC 7208): terms are checked one by one, the look-ups a receiver will make are counted, and
 * includes are flattened where the project gives their records. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "language/build.h"
#include "support/alloc.h"

#define LOOKUPS_MAX 10 /* §4.6.4 */
#define TERMS_MAX 1000
#define TEXT_MAX 450   /* §3.4: what fits a UDP reply with the rest around it */
#define RECORDS_MAX 50 /* of given data, in one record */

struct term {
    struct rz_str text;
    bool address; /* ip4 or ip6 that passes: may stand in another record */
};

struct spf {
    struct rz_call *call;
    struct term *terms;
    size_t count, capacity;
    unsigned lookups, visited;
    bool ended;                     /* `all` or a redirect was given */
    struct rz_str tail;             /* that, and `exp`, at the end */
    const struct rz_value *data;    /* records by domain */
    const struct rz_value *flatten; /* true, or domains */
};

/* One term taken apart: `-include:a.example/24`. */
struct parts {
    char qualifier;            /* 0: none written */
    struct rz_str name, value; /* value with its `/`, without its `:` or `=` */
    char mark;                 /* `:`, `=`, `/` or 0 */
};

static bool fail(struct spf *spf, struct rz_str term, const char *why)
{
    rz_call_fail(spf->call, "`%.*s`: %s", term.size < 100 ? (int)term.size : 100, term.data, why);
    return false;
}

static struct parts take_apart(struct rz_str term)
{
    struct parts parts = {0};
    if (term.size && strchr("+-~?", term.data[0])) {
        parts.qualifier = term.data[0];
        term.data++;
        term.size--;
    }
    size_t end = 0;
    while (end < term.size && !strchr(":=/", term.data[end]))
        end++;
    parts.name = (struct rz_str){term.data, end};
    parts.mark = end < term.size ? term.data[end] : '\0';
    end += parts.mark == ':' || parts.mark == '=';
    parts.value = (struct rz_str){term.data + end, term.size - end};
    return parts;
}

static bool is_named(const struct parts *parts, const char *name)
{
    return rz_str_equal_nocase(parts->name, rz_str_of(name));
}

/* Digits up to `maximum`, without a leading zero. */
static bool is_length(struct rz_str digits, unsigned maximum)
{
    unsigned number = 0;
    if (digits.size < 1 || digits.size > 3 || (digits.size > 1 && digits.data[0] == '0'))
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        number = number * 10 + (unsigned)(digits.data[i] - '0');
    }
    return number <= maximum;
}

static bool check_address(struct spf *spf, struct rz_str term, struct rz_str value, bool v6)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t octets[16];
    const char *slash = memchr(value.data, '/', value.size);
    size_t size = slash ? (size_t)(slash - value.data) : value.size;
    if (size == 0 || size >= sizeof text)
        return fail(spf, term,
                    v6 ? "no IPv6 address (RFC 7208 §5.6)" : "no IPv4 address (RFC 7208 §5.6)");
    memcpy(text, value.data, size);
    text[size] = '\0';
    if (strlen(text) != size || inet_pton(v6 ? AF_INET6 : AF_INET, text, octets) != 1)
        return fail(spf, term,
                    v6 ? "no IPv6 address (RFC 7208 §5.6)" : "no IPv4 address (RFC 7208 §5.6)");
    if (slash && !is_length((struct rz_str){slash + 1, value.size - size - 1}, v6 ? 128 : 32))
        return fail(spf, term, "no prefix length (RFC 7208 §5.6)");
    return true;
}

/* A domain, or one with macros (§7): each `%` begins %{x…}, %%, %_ or %-. */
static bool check_domain(struct spf *spf, struct rz_str term, struct rz_str domain)
{
    if (!memchr(domain.data, '%', domain.size)) {
        struct rz_str name = domain;
        return rz_build_domain(spf->call, &name, "the domain");
    }
    for (size_t i = 0; i < domain.size; i++) {
        char c = domain.data[i], next = i + 1 < domain.size ? domain.data[i + 1] : '\0';
        if (c <= ' ' || c == 127)
            return fail(spf, term, "blanks stand in the domain (RFC 7208 §7.1)");
        if (c != '%')
            continue;
        const char *end = next == '{' ? memchr(domain.data + i, '}', domain.size - i) : NULL;
        if (next == '{'
            && (!end || end < domain.data + i + 3
                || !strchr("slodiphcrtvSLODIPHCRTV", domain.data[i + 2])))
            return fail(spf, term, "a macro is not one of RFC 7208 §7.2");
        if (next != '{' && (next == '\0' || !strchr("%_-", next)))
            return fail(spf, term, "a `%` begins no macro (RFC 7208 §7.1)");
        i = end ? (size_t)(end - domain.data) : i + 1;
    }
    return true;
}

/* `a` and `mx`: [:domain][/length][//length]. */
static bool check_host(struct spf *spf, struct rz_str term, const struct parts *parts)
{
    struct rz_str value = parts->value, lengths = RZ_STR("");
    const char *slash = memchr(value.data, '/', value.size);
    if (slash) {
        lengths = (struct rz_str){slash, value.size - (size_t)(slash - value.data)};
        value.size -= lengths.size;
    }
    if (parts->mark == ':' && !check_domain(spf, term, value))
        return false;
    const char *six = memmem(lengths.data, lengths.size, "//", 2);
    size_t four = six ? (size_t)(six - lengths.data) : lengths.size;
    if ((four && !is_length((struct rz_str){lengths.data + 1, four - 1}, 32))
        || (six && !is_length((struct rz_str){six + 2, lengths.size - four - 2}, 128)))
        return fail(spf, term, "no prefix length (RFC 7208 §5.3)");
    return true;
}

static bool count_lookup(struct spf *spf, struct rz_str term)
{
    return ++spf->lookups <= LOOKUPS_MAX
           || fail(spf, term,
                   "with it a receiver makes more than 10 look-ups and gives up (RFC 7208 §4.6.4); "
                   "flatten some includes, or list addresses");
}

static bool append(struct spf *spf, struct rz_str term, bool address, bool given)
{
    for (size_t i = 0; i < spf->count; i++)
        if (rz_str_equal_nocase(spf->terms[i].text, term))
            return !given || fail(spf, term, "given twice");
    if (spf->count == TERMS_MAX)
        return fail(spf, term, "more than 1,000 terms");
    if (!rz_evaluation_spend(spf->call->evaluation, 1 + spf->count / 8, term.size))
        return false;
    spf->terms = rz_grow(spf->terms, &spf->capacity, spf->count + 1, sizeof *spf->terms);
    spf->terms[spf->count++] = (struct term){rz_arena_str(spf->call->evaluation->arena, term),
                                             address};
    return true;
}

/* The given record of a domain, as one text; false, without a failure, where there is none. */
static bool find_record(struct spf *spf, struct rz_str domain, struct rz_str *record)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const struct rz_value *found = NULL, *items;
    domain.size -= rz_str_ends_with(domain, ".");
    for (uint32_t i = 0; spf->data && i < spf->data->count && !found; i++)
        if (rz_str_equal_nocase(spf->data->entries[i].key, domain))
            found = &spf->data->entries[i].value;
    if (!found)
        return false;
    for (size_t i = 0, count = rz_build_items(found, &items); i < count; i++) {
        if (items[i].kind >= RZ_VALUE_LIST)
            continue;
        rz_value_print(&text, &items[i]);
        rz_buffer_char(&text, ' ');
    }
    *record = rz_arena_str(spf->call->evaluation->arena, rz_buffer_view(&text));
    return true;
}

static bool is_flattened(const struct spf *spf, struct rz_str domain)
{
    const struct rz_value *items;
    domain.size -= rz_str_ends_with(domain, ".");
    if (spf->flatten && spf->flatten->kind == RZ_VALUE_BOOL)
        return spf->flatten->boolean;
    for (size_t i = 0, count = rz_build_items(spf->flatten, &items); i < count; i++)
        if (items[i].kind == RZ_VALUE_STRING
            && rz_str_equal_nocase(rz_value_str(&items[i]), domain))
            return true;
    return false;
}

static bool next_term(struct rz_str *rest, struct rz_str *term)
{
    *rest = rz_str_trim(*rest);
    size_t size = 0;
    while (size < rest->size && !strchr(" \t\r\n", rest->data[size]))
        size++;
    *term = (struct rz_str){rest->data, size};
    rest->data += size;
    rest->size -= size;
    return size > 0;
}

static bool enter_record(struct spf *spf, struct rz_str domain, unsigned depth)
{
    return (depth <= LOOKUPS_MAX && ++spf->visited <= RECORDS_MAX
            && rz_evaluation_spend(spf->call->evaluation, 10, 0))
           || fail(spf, domain, "the given records include one another too often");
}

/* Look-ups of an included record, as far as it is given. */
static bool count_record(struct spf *spf, struct rz_str domain, unsigned depth)
{
    struct rz_str record, term;
    if (!find_record(spf, domain, &record))
        return true;
    if (!enter_record(spf, domain, depth))
        return false;
    while (next_term(&record, &term)) {
        struct parts parts = take_apart(term);
        bool nested = is_named(&parts, "include") || is_named(&parts, "redirect");
        if ((nested || is_named(&parts, "a") || is_named(&parts, "mx") || is_named(&parts, "ptr")
             || is_named(&parts, "exists"))
            && !count_lookup(spf, term))
            return false;
        if (nested && !count_record(spf, parts.value, depth + 1))
            return false;
    }
    return true;
}

static bool include_domain(struct spf *spf, struct rz_str domain, unsigned depth, bool given);

/* An include passes only by what passes in the record, so that only this is kept. */
static bool flatten_term(struct spf *spf, struct rz_str domain, struct rz_str term, unsigned depth)
{
    struct parts parts = take_apart(term);
    char text[600];
    if (is_named(&parts, "exp") || (is_named(&parts, "v") && parts.mark == '='))
        return true;
    if (is_named(&parts, "all"))
        return (parts.qualifier && parts.qualifier != '+')
               || fail(spf, term, "the included record lets all hosts pass");
    if (parts.qualifier && parts.qualifier != '+')
        return fail(spf, term, "an exception in an included record cannot be flattened");
    if (is_named(&parts, "include") || is_named(&parts, "redirect"))
        return include_domain(spf, parts.value, depth + 1, false);
    if (is_named(&parts, "ip4") || is_named(&parts, "ip6"))
        return check_address(spf, term, parts.value, is_named(&parts, "ip6"))
               && append(spf, term, true, false);
    if (!is_named(&parts, "a") && !is_named(&parts, "mx") && !is_named(&parts, "exists"))
        return fail(spf, term, "this term of an included record cannot be flattened");
    if (parts.mark != ':') { /* means the record's own domain */
        snprintf(text, sizeof text, "%.*s:%.*s%.*s", RZ_STR_ARG(parts.name),
                 domain.size < 255 ? (int)domain.size : 255, domain.data,
                 parts.value.size < 300 ? (int)parts.value.size : 300, parts.value.data);
        term = rz_str_of(text);
    }
    return count_lookup(spf, term) && append(spf, term, false, false);
}

static bool include_domain(struct spf *spf, struct rz_str domain, unsigned depth, bool given)
{
    char text[300];
    struct rz_str record, term, name = domain;
    if (!memchr(domain.data, '%', domain.size) && !rz_build_domain(spf->call, &name, "the domain"))
        return false;
    snprintf(text, sizeof text, "include:%.*s", domain.size < 255 ? (int)domain.size : 255,
             domain.data);
    if (!is_flattened(spf, domain) || !find_record(spf, domain, &record))
        return count_lookup(spf, rz_str_of(text)) && append(spf, rz_str_of(text), false, given)
               && count_record(spf, domain, depth);
    if (!enter_record(spf, domain, depth))
        return false;
    while (next_term(&record, &term))
        if (!flatten_term(spf, name, term, depth))
            return false;
    return true;
}

static bool end_with(struct spf *spf, struct rz_str term, bool is_exp)
{
    if (!is_exp && spf->ended)
        return fail(spf, term, "there is one `all` or one redirect (RFC 7208 §6.1)");
    spf->ended |= !is_exp;
    char *text = rz_arena_printf(spf->call->evaluation->arena, "%.*s%s%.*s", RZ_STR_ARG(spf->tail),
                                 spf->tail.size ? " " : "", RZ_STR_ARG(term));
    spf->tail = rz_str_of(text);
    return true;
}

static bool add_mechanism(struct spf *spf, struct rz_str term, const struct parts *parts)
{
    bool pass = !parts->qualifier || parts->qualifier == '+';
    if (is_named(parts, "ip4") || is_named(parts, "ip6")) {
        if (parts->mark != ':')
            return fail(spf, term, "an address follows behind a `:` (RFC 7208 §5.6)");
        return check_address(spf, term, parts->value, is_named(parts, "ip6"))
               && append(spf, term, pass, true);
    }
    if (is_named(parts, "a") || is_named(parts, "mx"))
        return check_host(spf, term, parts) && count_lookup(spf, term)
               && append(spf, term, false, true);
    if (is_named(parts, "include") || is_named(parts, "exists")) {
        if (parts->mark != ':' || !check_domain(spf, term, parts->value))
            return parts->mark == ':'
                       ? false
                       : fail(spf, term, "a domain follows behind a `:` (RFC 7208 §5.2)");
        if (is_named(parts, "include") && pass)
            return include_domain(spf, parts->value, 1, true);
        return count_lookup(spf, term) && append(spf, term, false, true)
               && (is_named(parts, "exists") || count_record(spf, parts->value, 1));
    }
    if (is_named(parts, "ptr"))
        return fail(spf, term, "not to be used (RFC 7208 §5.5)");
    return fail(spf, term,
                "unknown; the terms are all, a, mx, ip4, ip6, include, exists, redirect=, exp=");
}

static bool add_term(struct spf *spf, struct rz_str term)
{
    struct parts parts = take_apart(term);
    if (is_named(&parts, "v") && parts.mark == '=')
        return rz_str_is(parts.value, "spf1")
               || fail(spf, term, "the version is v=spf1 (RFC 7208 §4.5)");
    if (parts.mark == '=' && (is_named(&parts, "redirect") || is_named(&parts, "exp"))) {
        bool redirect = is_named(&parts, "redirect");
        return check_domain(spf, term, parts.value) && end_with(spf, term, !redirect)
               && (!redirect || (count_lookup(spf, term) && count_record(spf, parts.value, 1)));
    }
    if (parts.mark == '=')
        return fail(spf, term, "unknown modifier; known are redirect= and exp= (RFC 7208 §6)");
    if (spf->ended)
        return fail(spf, term,
                    "never reached, since it stands behind `all` or the redirect (RFC 7208 §5.1)");
    if (is_named(&parts, "all"))
        return parts.mark ? fail(spf, term, "`all` takes no value (RFC 7208 §5.1)")
                          : end_with(spf, term, false);
    return add_mechanism(spf, term, &parts);
}

static bool add_terms(struct spf *spf, const struct rz_value *value)
{
    const struct rz_value *items;
    struct rz_str text, term;
    for (size_t i = 0, count = rz_build_items(value, &items); i < count; i++) {
        if (!rz_build_text(spf->call, &items[i], "terms", &text))
            return false;
        while (next_term(&text, &term))
            if (!add_term(spf, term))
                return false;
    }
    return true;
}

/* The values of a key of the map, each as `key:value`; `a: true` is the zone's own. */
static bool add_key(struct spf *spf, const struct rz_value *map, const char *key, char mark)
{
    const struct rz_value *items;
    struct rz_str text;
    for (size_t i = 0, count = rz_build_items(rz_build_get(map, key), &items); i < count; i++) {
        if (items[i].kind == RZ_VALUE_BOOL) {
            if (items[i].boolean && !add_term(spf, rz_str_of(key)))
                return false;
            continue;
        }
        if (!rz_build_text(spf->call, &items[i], key, &text))
            return false;
        char *term = rz_arena_printf(spf->call->evaluation->arena, "%s%c%.*s", key, mark,
                                     RZ_STR_ARG(text));
        if (strpbrk(term, " \t\r\n"))
            return fail(spf, rz_str_of(term), "blanks stand inside");
        if (!add_term(spf, rz_str_of(term)))
            return false;
    }
    return true;
}

static bool add_all(struct spf *spf, const struct rz_value *map)
{
    static const char *const words[] = {"fail", "softfail", "neutral", "pass", "-",    "~", "?",
                                        "+",    "-all",     "~all",    "?all", "+all", NULL};
    static const char *const terms[] = {"-all", "~all", "?all", "+all"};
    const struct rz_value *all = rz_build_get(map, "all");
    struct rz_str text;
    if (!all)
        return spf->ended || add_term(spf, rz_str_of("-all"));
    if (!rz_build_text(spf->call, all, "all", &text))
        return false;
    int which = rz_build_word(spf->call, text, "all", words);
    return which >= 0 && add_term(spf, rz_str_of(terms[which % 4]));
}

static bool add_map(struct spf *spf, const struct rz_value *map)
{
    static const char *const known[] = {"terms",   "mx",      "a",        "ip4", "ip6",
                                        "include", "exists",  "redirect", "all", "exp",
                                        "data",    "flatten", NULL};
    spf->data = rz_build_get(map, "data");
    spf->flatten = rz_build_get(map, "flatten");
    if (spf->data && spf->data->kind != RZ_VALUE_MAP) {
        rz_call_fail(spf->call, "`data` is a map of domains and their SPF records");
        return false;
    }
    bool redirect = rz_build_get(map, "redirect") != NULL;
    return rz_build_check_keys(spf->call, map, known) && add_terms(spf, rz_build_get(map, "terms"))
           && add_key(spf, map, "mx", ':') && add_key(spf, map, "a", ':')
           && add_key(spf, map, "ip4", ':') && add_key(spf, map, "ip6", ':')
           && add_key(spf, map, "include", ':') && add_key(spf, map, "exists", ':')
           && add_key(spf, map, "redirect", '=')
           && ((redirect && !rz_build_get(map, "all")) || add_all(spf, map))
           && add_key(spf, map, "exp", '=');
}

static bool read_arguments(struct spf *spf)
{
    struct rz_call *call = spf->call;
    if (call->arguments[0].kind == RZ_VALUE_MAP) {
        if (call->count == 1)
            return add_map(spf, &call->arguments[0]);
        rz_call_fail(call, "behind a map nothing follows");
        return false;
    }
    for (uint32_t i = 0; i < call->count; i++)
        if (!add_terms(spf, &call->arguments[i]))
            return false;
    return true;
}

static void print_record(struct rz_buffer *out, const struct spf *spf, bool addresses)
{
    rz_buffer_text(out, "v=spf1");
    for (size_t i = 0; i < spf->count; i++)
        if (addresses || !spf->terms[i].address)
            rz_buffer_printf(out, " %.*s", RZ_STR_ARG(spf->terms[i].text));
    if (spf->tail.size)
        rz_buffer_printf(out, " %.*s", RZ_STR_ARG(spf->tail));
}

static struct rz_value call_spf(struct rz_call *call)
{
    struct spf spf = {.call = call, .tail = RZ_STR("")};
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    bool good = read_arguments(&spf);
    if (good)
        print_record(&out, &spf, true);
    free(spf.terms);
    return good ? rz_call_buffer(call, &out) : rz_value_null();
}

/* Addresses from `*next` on, as many as fit one record. */
static void print_part(struct rz_buffer *out, const struct spf *spf, size_t *next)
{
    rz_buffer_text(out, "v=spf1");
    for (; *next < spf->count; ++*next) {
        const struct term *term = &spf->terms[*next];
        if (!term->address)
            continue;
        if (out->size + 1 + term->text.size + 5 > TEXT_MAX)
            break;
        rz_buffer_printf(out, " %.*s", RZ_STR_ARG(term->text));
    }
    rz_buffer_text(out, " -all");
}

static bool split(struct spf *spf, const char *zone, struct rz_entry *entries, size_t *count)
{
    struct rz_call *call = spf->call;
    struct rz_str host = call->count > 1 ? rz_value_str(&call->arguments[1]) : RZ_STR("_spf");
    struct rz_str origin = rz_str_of(zone);
    RZ_BUFFER_CLEANUP struct rz_buffer main_record = {0}, part = {0}, includes = {0};
    origin.size -= rz_str_ends_with(origin, ".");
    for (size_t next = 0; next < spf->count;) {
        rz_buffer_reset(&part);
        print_part(&part, spf, &next);
        char *name = rz_arena_printf(call->evaluation->arena, "%.*s%zu", RZ_STR_ARG(host), *count);
        char *term = rz_arena_printf(call->evaluation->arena, "include:%s.%.*s", name,
                                     RZ_STR_ARG(origin));
        struct rz_str domain = rz_str_of(term + strlen("include:"));
        if (!count_lookup(spf, rz_str_of(term)) || !rz_build_domain(call, &domain, "the domain"))
            return false;
        rz_buffer_printf(&includes, " %s", term);
        entries[(*count)++] = (struct rz_entry){rz_str_of(name), rz_call_buffer(call, &part)};
    }
    rz_buffer_printf(&main_record, "v=spf1%s", includes.data ? includes.data : "");
    RZ_BUFFER_CLEANUP struct rz_buffer rest = {0};
    print_record(&rest, spf, false);
    rz_buffer_text(&main_record, rest.data + strlen("v=spf1"));
    entries[0] = (struct rz_entry){RZ_STR("@"), rz_call_buffer(call, &main_record)};
    return true;
}

static struct rz_value call_spf_split(struct rz_call *call)
{
    struct rz_call inner = *call;
    inner.count = 1;
    struct spf spf = {.call = &inner, .tail = RZ_STR("")};
    RZ_BUFFER_CLEANUP struct rz_buffer whole = {0};
    const struct rz_value *zone = rz_bindings_find(call->bindings, RZ_STR("zone"));
    struct rz_entry *entries = rz_call_entries(call, LOOKUPS_MAX + 2);
    size_t count = 1;
    bool good = entries && read_arguments(&spf);
    spf.call = call;
    if (good)
        print_record(&whole, &spf, true);
    if (good && whole.size <= TEXT_MAX) {
        entries[0] = (struct rz_entry){RZ_STR("@"), rz_call_buffer(call, &whole)};
    } else if (good && (!zone || zone->kind != RZ_VALUE_STRING)) {
        rz_call_fail(call, "there is no zone here");
        good = false;
    } else if (good) {
        good = split(&spf, zone->text, entries, &count);
    }
    free(spf.terms);
    return good && !call->evaluation->failed ? rz_call_map(call, entries, count) : rz_value_null();
}

/* clang-format off */
const struct rz_function rz_functions_spf[] = {
    {"spf", "a?a*", "spf(map) or spf(terms…) → string",
     "An SPF record (RFC 7208). Keys: `terms` (as written, first), `mx`, `a` (true or domains), `ip4`, `ip6`, `include`, `exists`, "
     "`redirect`, `all` (fail, which is the default, softfail, neutral, pass), `exp`; `data` gives the records of included domains, whose "
     "look-ups then count too, and `flatten` (true, or domains) replaces includes by the addresses of those. "
     "More than 10 look-ups are an error (§4.6.4).",
     "spf({mx: true, include: [\"_spf.example.net\", \"mail.example.org\"], all: \"softfail\", flatten: true, "
     "data: {\"_spf.example.net\": \"v=spf1 ip4:192.0.2.0/24 -all\"}})",
     "\"v=spf1 mx ip4:192.0.2.0/24 include:mail.example.org ~all\"", call_spf},
    {"spf_split", "a?s", "spf_split(map, host = \"_spf\") → map",
     "The same as a map of owners and texts: what is over 450 octets (§3.4) goes to records at `_spf1`, `_spf2` and so on, "
     "which the one at `@` includes. For `each`: `for: name, text in spf_split({…})`.",
     "spf_split({ip4: [cidr_host(\"192.0.2.0/24\", i) for i in range(30)], all: \"fail\"})[\"@\"]",
     "\"v=spf1 include:_spf1.example.com include:_spf2.example.com -all\"", call_spf_split},
    {0},
};
/* clang-format on */
