/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of docs/ that are in the program, and the topics of `rezone help TOPIC`: each page by its
 * file's name, and sections of pages that have a name of their own. */
#ifndef RZ_CLI_HELP_TOPICS_H
#define RZ_CLI_HELP_TOPICS_H

#include "report/output.h"

/* A page as it is in the tree; made by rezone_embed_pages() in CMake. */
struct rz_help_page {
    const char *name; /* "zone-files" of docs/guide/zone-files.md */
    const char *text; /* Markdown */
};
extern const struct rz_help_page rz_help_pages[]; /* by name; ends with name NULL */

/* A section of a page that is a topic of its own. */
struct rz_help_section {
    const char *name, *page, *heading;
};
extern const struct rz_help_section rz_help_sections[]; /* ends with name NULL */

/* The text of a topic: a page or a section of one with all below it. Empty where there is none. */
struct rz_str rz_help_topic(struct rz_str name);
/* The name of topic `index`, sections before pages; NULL behind the last. */
const char *rz_help_topic_name(size_t index);
/* The first heading of a topic, without its marks. */
struct rz_str rz_help_topic_title(const char *name);

/* Shows Markdown as text for a terminal of `width` columns. */
void rz_help_show(struct rz_output *out, struct rz_str markdown, size_t width);

#endif
