/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Topics of `rezone help`. The text is that of the guides, so that it is written and tested once. */
#include "cli/help_topics.h"

const struct rz_help_section rz_help_sections[] = {
    {"builders", "templates", "Builders"},
    {"environments", "templates", "Variables and environments"},
    {"exit-codes", "ci", "Exit codes"},
    {"expressions", "templates", "Expressions"},
    {"journal", "ci", "Where the journal is"},
    {"locks", "when-something-goes-wrong", "Locks"},
    {"plan-files", "ci", "Plan files"},
    {"recovery", "when-something-goes-wrong", "A run was killed"},
    {"secrets", "security-model", "Secrets"},
    {"verification", "when-something-goes-wrong", "Verification failed: rolled back"},
    {0},
};

/* Takes a line, with its end, off the front. */
static struct rz_str take_line(struct rz_str *text)
{
    const char *end = memchr(text->data, '\n', text->size);
    struct rz_str line = {text->data, end ? (size_t)(end - text->data) + 1 : text->size};
    text->data += line.size;
    text->size -= line.size;
    return line;
}

/* How many # a heading begins with; 0: it is none. */
static size_t heading_level(struct rz_str line)
{
    size_t level = 0;
    while (level < line.size && line.data[level] == '#')
        level++;
    return level && level < line.size && line.data[level] == ' ' ? level : 0;
}

static struct rz_str heading_text(struct rz_str line)
{
    size_t level = heading_level(line);
    return rz_str_trim((struct rz_str){line.data + level, line.size - level});
}

static struct rz_str section_of(struct rz_str page, const char *heading)
{
    struct rz_str rest = page, found = {0};
    size_t level = 0;
    bool code = false;
    while (rest.size) {
        struct rz_str line = take_line(&rest);
        code ^= rz_str_starts_with(line, "```");
        size_t depth = code ? 0 : heading_level(line);
        if (found.data && depth && depth <= level)
            return found;
        if (!found.data && depth && rz_str_is(heading_text(line), heading)) {
            found = (struct rz_str){line.data, 0};
            level = depth;
        }
        if (found.data)
            found.size += line.size;
    }
    return found;
}

static struct rz_str page_named(struct rz_str name)
{
    for (const struct rz_help_page *page = rz_help_pages; page->name; page++)
        if (rz_str_is(name, page->name))
            return rz_str_of(page->text);
    return (struct rz_str){0};
}

struct rz_str rz_help_topic(struct rz_str name)
{
    for (const struct rz_help_section *section = rz_help_sections; section->name; section++)
        if (rz_str_is(name, section->name))
            return section_of(page_named(rz_str_of(section->page)), section->heading);
    return page_named(name);
}

const char *rz_help_topic_name(size_t index)
{
    size_t sections = sizeof rz_help_sections / sizeof *rz_help_sections - 1;
    return index < sections ? rz_help_sections[index].name : rz_help_pages[index - sections].name;
}

struct rz_str rz_help_topic_title(const char *name)
{
    struct rz_str text = rz_help_topic(rz_str_of(name));
    while (text.size) {
        struct rz_str line = take_line(&text);
        if (heading_level(line))
            return heading_text(line);
    }
    return (struct rz_str){0};
}
