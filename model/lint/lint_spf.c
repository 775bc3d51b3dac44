/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms of SPF records. */
#include "lint/lint_spf.h"

#include <arpa/inet.h>

#include "lint/lint_internal.h"

#define VERSION "v=spf1"
#define VERSION_SIZE (sizeof VERSION - 1)

bool rz_spf_is(struct rz_str text)
{
    struct rz_str head = {text.data, VERSION_SIZE};
    return text.size >= VERSION_SIZE && rz_str_equal_nocase(head, RZ_STR(VERSION))
           && (text.size == VERSION_SIZE || text.data[VERSION_SIZE] == ' ');
}

bool rz_spf_term_is(const struct rz_spf_term *term, const char *name)
{
    return rz_str_equal_nocase(term->name, rz_str_of(name));
}

static bool is_qualifier(char c)
{
    return c == '+' || c == '-' || c == '~' || c == '?';
}

bool rz_spf_next(struct rz_str *rest, struct rz_spf_term *term)
{
    while (rest->size && rest->data[0] == ' ')
        rest->data++, rest->size--;
    if (rest->size == 0)
        return false;
    const char *blank = memchr(rest->data, ' ', rest->size);
    struct rz_str text = {rest->data, blank ? (size_t)(blank - rest->data) : rest->size};
    rest->data += text.size;
    rest->size -= text.size;
    *term = (struct rz_spf_term){.text = text, .qualifier = '+'};
    if (is_qualifier(text.data[0])) {
        term->qualifier = text.data[0];
        text.data++, text.size--;
    }
    size_t at = 0;
    while (at < text.size && text.data[at] != ':' && text.data[at] != '=' && text.data[at] != '/')
        at++;
    term->name = (struct rz_str){text.data, at};
    if (at < text.size && text.data[at] == '=')
        term->qualifier = 0;
    at += at < text.size && text.data[at] != '/';
    term->value = (struct rz_str){text.data + at, text.size - at};
    return true;
}

/* `%` is followed by a macro or one of `%_-` (§7.1). */
static bool has_good_macros(struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] <= ' ' || (unsigned char)text.data[i] >= 0x7f)
            return false;
        if (text.data[i] != '%')
            continue;
        if (++i == text.size || !strchr("{%_-", text.data[i]))
            return false;
        const char *end = memchr(text.data + i, '}', text.size - i);
        if (text.data[i] != '{')
            continue;
        if (!end || end - (text.data + i) < 2
            || !strchr("slodiphcrtvSLODIPHCRTV", text.data[i + 1]))
            return false;
        i = (size_t)(end - text.data);
    }
    return true;
}

/* One to three digits, at most `maximum`. */
static bool is_prefix(struct rz_str text, unsigned maximum)
{
    unsigned value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.data[i] - '0');
    }
    return text.size > 0 && text.size < 4 && value <= maximum;
}

static bool is_network(struct rz_str value, int family)
{
    char address[64];
    unsigned char wire[16];
    const char *slash = value.size ? memchr(value.data, '/', value.size) : NULL;
    size_t size = slash ? (size_t)(slash - value.data) : value.size;
    if (size >= sizeof address)
        return false;
    memcpy(address, value.data, size);
    address[size] = '\0';
    return inet_pton(family, address, wire) == 1
           && (!slash
               || is_prefix((struct rz_str){slash + 1, value.size - size - 1},
                            family == AF_INET ? 32 : 128));
}

/* [name] [/n] [//n], as `a` and `mx` have it. */
static bool is_host(struct rz_str value)
{
    const char *slash = value.size ? memchr(value.data, '/', value.size) : NULL;
    struct rz_str rest = {slash, slash ? value.size - (size_t)(slash - value.data) : 0};
    struct rz_str name = {value.data, value.size - rest.size};
    const char *second = NULL;
    for (size_t i = 0; i + 1 < rest.size && !second; i++)
        if (rest.data[i] == '/' && rest.data[i + 1] == '/')
            second = rest.data + i;
    struct rz_str four = {rest.data, second ? (size_t)(second - rest.data) : rest.size};
    struct rz_str six = {second, second ? rest.size - four.size : 0};
    if (four.size && !is_prefix((struct rz_str){four.data + 1, four.size - 1}, 32))
        return false;
    if (six.size && !is_prefix((struct rz_str){six.data + 2, six.size - 2}, 128))
        return false;
    return has_good_macros(name);
}

/* Whether nothing stands behind the name, not even the `:`. */
static bool is_bare(const struct rz_spf_term *term)
{
    return term->name.data + term->name.size == term->text.data + term->text.size;
}

static const char *modifier_fault(const struct rz_spf_term *term)
{
    bool known = rz_spf_term_is(term, "redirect") || rz_spf_term_is(term, "exp");
    if (term->name.size == 0 || is_qualifier(term->text.data[0]))
        return "is no mechanism of SPF";
    if (known && term->value.size == 0)
        return "lacks a domain name";
    return has_good_macros(term->value) ? NULL : "has a character or macro that SPF does not have";
}

const char *rz_spf_fault(const struct rz_spf_term *term)
{
    if (term->qualifier == 0)
        return modifier_fault(term);
    if (rz_spf_term_is(term, "all"))
        return is_bare(term) ? NULL : "has something behind `all`";
    if (rz_spf_term_is(term, "ip4"))
        return is_network(term->value, AF_INET) ? NULL : "holds no IPv4 network";
    if (rz_spf_term_is(term, "ip6"))
        return is_network(term->value, AF_INET6) ? NULL : "holds no IPv6 network";
    bool host = rz_spf_term_is(term, "a") || rz_spf_term_is(term, "mx");
    bool named = rz_spf_term_is(term, "include") || rz_spf_term_is(term, "exists");
    if (!host && !named && !rz_spf_term_is(term, "ptr"))
        return "is no mechanism of SPF";
    if (!is_bare(term) && (term->value.size == 0 || (named && term->value.data[0] == '/')))
        return "lacks a domain name";
    if (named && is_bare(term))
        return "lacks a domain name";
    bool good = host ? is_host(term->value) : has_good_macros(term->value);
    return good ? NULL : "is not written as SPF wants it";
}

bool rz_spf_is_slip(const struct rz_spf_term *term)
{
    static const char *const names[] = {"include", "ip4", "ip6", "exists", "a", "mx", "ptr"};
    for (size_t i = 0; term->qualifier == 0 && i < sizeof names / sizeof *names; i++)
        if (rz_spf_term_is(term, names[i]))
            return true;
    return false;
}

static bool costs_lookup(const struct rz_spf_term *term)
{
    static const char *const names[] = {"include", "a", "mx", "ptr", "exists"};
    if (term->qualifier == 0)
        return rz_spf_term_is(term, "redirect");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rz_spf_term_is(term, names[i]))
            return true;
    return false;
}

/* Of the record that another is sent to. Each way here was counted, so `limit` bounds the depth. */
static unsigned lookups_of(const struct rz_zone *zone, struct rz_str domain, unsigned limit)
{
    struct rz_name name;
    struct rz_str joined;
    char text[RZ_LINT_TEXT_MAX + 1];
    const char *why;
    if (domain.size == 0 || memchr(domain.data, '%', domain.size)
        || rz_name_parse(&name, domain, NULL, &why) != RZ_OK
        || !rz_name_in(name.wire, zone->apex.wire))
        return 0;
    struct rz_lint_answer answer = rz_lint_look_up(zone, name.wire);
    const struct rz_rrset *set = rz_lint_answer_find(&answer, RZ_TYPE_TXT);
    if (!set)
        return 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(set); rz_rdata_next(&c);)
        if (rz_lint_text(text, &c, &joined) && rz_spf_is(joined))
            return rz_spf_lookups(zone, joined, limit);
    return 0;
}

unsigned rz_spf_lookups(const struct rz_zone *zone, struct rz_str text, unsigned limit)
{
    struct rz_str rest = {text.data + VERSION_SIZE, text.size - VERSION_SIZE}, redirect = {NULL, 0};
    struct rz_spf_term term;
    unsigned count = 0;
    bool all = false;
    while (count <= limit && rz_spf_next(&rest, &term)) {
        if (term.qualifier == 0 && rz_spf_term_is(&term, "redirect"))
            redirect = term.value;
        else if (!all && costs_lookup(&term))
            count++;
        if (!all && term.qualifier && rz_spf_term_is(&term, "include") && count <= limit)
            count += lookups_of(zone, term.value, limit - count);
        all |= term.qualifier && rz_spf_term_is(&term, "all");
    }
    if (!all && redirect.size && count <= limit) {
        count++;
        count += count <= limit ? lookups_of(zone, redirect, limit - count) : 0;
    }
    return count;
}
