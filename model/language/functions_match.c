/* SPDX-License-Identifier: GPL-3.0-or-later */
/* matches(): POSIX extended regular expressions under bounds. Back-references, nested repeats and large
 * expansions, by which a short pattern takes the machine, are refused beforehand. */
#include <regex.h>

#include "language/functions.h"

#define PATTERN_MAX 1000
#define SUBJECT_MAX 4096
#define REPEAT_MAX 64
#define GROUPS_MAX 32      /* open at once */
#define EXPANSION_MAX 1000 /* octets of pattern that counted repeats write out */
#define NESTING_MAX 4      /* `+` of `+`: `x+` is compiled as `xx*`, so that each doubles */

/* What the check knows while it walks a pattern. */
struct pattern {
    struct rz_str text;
    size_t at, atom; /* where the last atom begins */
    size_t expansion;
    bool counted;     /* the last atom has counted repeats inside */
    unsigned repeats; /* `+` and counts of the last atom, of what is in it, and so on */
    struct {
        size_t at;
        bool counted;
        unsigned repeats;
    } groups[GROUPS_MAX];
    size_t depth;
};

/* Behind a `[`: to behind its `]`. */
static void skip_bracket(struct pattern *pattern)
{
    const char *text = pattern->text.data;
    size_t size = pattern->text.size, at = pattern->at;
    at += at < size && text[at] == '^';
    at += at < size && text[at] == ']';
    while (at < size && text[at] != ']') {
        char kind = text[at] == '[' && at + 1 < size ? text[at + 1] : '\0';
        if (kind == ':' || kind == '.' || kind == '=') {
            const char end[] = {kind, ']', '\0'};
            const char *found = memmem(text + at + 2, size - at - 2, end, 2);
            at = found ? (size_t)(found - text) + 2 : size;
        } else {
            at++;
        }
    }
    pattern->at = at < size ? at + 1 : size;
}

/* Behind a `{`: counts what the repeat writes out. */
static const char *check_repeat(struct pattern *pattern)
{
    unsigned count[2] = {0, 0}, which = 0;
    size_t length = pattern->at - 1 - pattern->atom;
    for (;; pattern->at++) {
        char c = pattern->at < pattern->text.size ? pattern->text.data[pattern->at] : '\0';
        if (c >= '0' && c <= '9')
            count[which] = count[which] * 10 + (unsigned)(c - '0');
        else if (c == ',' && which == 0)
            which = 1;
        else if (c == '}')
            break;
        else
            return "a `{` that is no repeat is written `\\{`";
        if (count[which] > REPEAT_MAX)
            return "a repeat counts to more than 64";
    }
    pattern->at++;
    if (pattern->counted)
        return "a counted repeat stands inside of another";
    pattern->counted = true;
    pattern->expansion += length * (count[which] > count[0] ? count[which] : count[0]);
    return pattern->expansion > EXPANSION_MAX ? "the repeats write out too much" : NULL;
}

static const char *check_group(struct pattern *pattern, char c)
{
    if (c == '(') {
        if (pattern->depth == GROUPS_MAX)
            return "too many groups are open at once";
        pattern->groups[pattern->depth].at = pattern->at - 1;
        pattern->groups[pattern->depth].repeats = 0;
        pattern->groups[pattern->depth++].counted = false;
        pattern->counted = false;
        pattern->repeats = 0;
    } else if (pattern->depth) {
        bool counted = pattern->groups[--pattern->depth].counted;
        pattern->atom = pattern->groups[pattern->depth].at;
        pattern->counted = counted;
        pattern->repeats = pattern->groups[pattern->depth].repeats;
    }
    return NULL;
}

/* Behind a repeat of the last atom. */
static const char *note_repeat(struct pattern *pattern)
{
    pattern->repeats++;
    for (size_t i = 0; i < pattern->depth; i++)
        if (pattern->groups[i].repeats < pattern->repeats)
            pattern->groups[i].repeats = pattern->repeats;
    return pattern->repeats > NESTING_MAX ? "too many repeats stand inside of one another" : NULL;
}

/* NULL where the pattern is harmless. */
static const char *check_pattern(struct pattern *pattern)
{
    const char *why = NULL;
    while (!why && pattern->at < pattern->text.size) {
        char c = pattern->text.data[pattern->at++];
        if (c == '(' || c == ')') {
            why = check_group(pattern, c);
        } else if (c == '{') {
            why = check_repeat(pattern);
            why = why ? why : note_repeat(pattern);
            for (size_t i = 0; i < pattern->depth; i++)
                pattern->groups[i].counted = true;
        } else if (c == '+') {
            why = note_repeat(pattern);
        } else if (c != '*' && c != '?') { /* these belong to the atom before them */
            pattern->atom = pattern->at - 1;
            pattern->counted = false;
            pattern->repeats = 0;
            if (c == '[')
                skip_bracket(pattern);
            else if (c == '\\' && pattern->at < pattern->text.size) {
                char escaped = pattern->text.data[pattern->at++];
                why = escaped >= '1' && escaped <= '9' ? "back-references are not known" : NULL;
            }
        }
    }
    return why;
}

const char *rz_pattern_check(struct rz_str text)
{
    struct pattern pattern = {.text = text};
    return check_pattern(&pattern);
}

static struct rz_value call_matches(struct rz_call *call)
{
    struct rz_str subject = rz_value_str(&call->arguments[0]);
    struct pattern pattern = {.text = rz_value_str(&call->arguments[1])};
    char message[200];
    regex_t regex;
    if (pattern.text.size > PATTERN_MAX || strlen(pattern.text.data) != pattern.text.size)
        return rz_call_fail(call, "a pattern has at most %d octets, and no NUL", PATTERN_MAX);
    if (subject.size > SUBJECT_MAX || strlen(subject.data) != subject.size)
        return rz_call_fail(call, "a text to match has at most %d octets, and no NUL", SUBJECT_MAX);
    const char *why = check_pattern(&pattern);
    if (why)
        return rz_call_fail(call, "%s", why);
    size_t cost = pattern.text.size + pattern.expansion;
    if (!rz_evaluation_spend(call->evaluation, 4 + cost + cost * subject.size / 256, 0))
        return rz_value_null();
    int error = regcomp(&regex, pattern.text.data, REG_EXTENDED | REG_NOSUB);
    if (error) {
        regerror(error, &regex, message, sizeof message);
        return rz_call_fail(call, "the pattern cannot be read: %s", message);
    }
    error = regexec(&regex, subject.data, 0, NULL, 0);
    regfree(&regex);
    return error == 0 || error == REG_NOMATCH
               ? rz_value_bool(error == 0)
               : rz_call_fail(call, "the match takes too much memory");
}

/* clang-format off */
const struct rz_function rz_functions_match[] = {
    {"matches", "ss", "matches(text, pattern) → bool",
     "Whether a POSIX extended regular expression matches somewhere in the text; `^` and `$` are its ends. "
     "No back-references; repeats count to 64.",
     "[matches(\"web-07\", \"^web-[0-9]{2}$\"), matches(\"mail\", \"^web\")]", "[true,false]", call_matches},
    {0},
};
/* clang-format on */
