/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of strangers (names, TXT, comments, file names, replies of servers, messages with any of them)
 * made harmless for the form it is written into. Every function appends, takes any octets, and first
 * does what rz_buffer_visible() does: control characters (C0, C1, escape sequences), bidirectional and
 * zero-width marks and malformed UTF-8 become \u{…} or \xNN, so that the result is always one line of
 * well-formed UTF-8. Then it escapes what the form would act on.
 *
 *   for a terminal or a plain file   rz_buffer_visible       (support/buffer.h)
 *   HTML and XML, text or "attribute" rz_escape_markup
 *   Markdown, a name or a value      rz_escape_markdown_code  `…`: nothing in it is a link or mention
 *   Markdown, a sentence             rz_escape_markdown
 *   JSON                             rz_json_string          (support/json_write.h; keeps every octet)
 *   JSON within <script>             rz_escape_script         over the finished JSON
 *   GitHub's ::command lines         rz_escape_workflow, rz_escape_workflow_property
 *   a path as a URI reference        rz_escape_uri_path
 *
 * What is not text of strangers (our own words, numbers, record types) needs none of them. */
#ifndef RZ_SUPPORT_ESCAPE_H
#define RZ_SUPPORT_ESCAPE_H

#include "support/buffer.h"

/* & < > " ' as references, good in elements and in quoted attributes of HTML and XML 1.0. */
void rz_escape_markup(struct rz_buffer *out, struct rz_str text);

/* A code span with as many backticks as it takes. `in_table`: in a cell of a table, where a bar ends the
 * cell even in code (GitHub Flavored Markdown, tables) and is written \|. Empty text becomes an empty
 * pair of quotes, since there is no empty code span. */
void rz_escape_markdown_code(struct rz_buffer *out, struct rz_str text, bool in_table);
/* Running text: no markup, HTML, link, @mention, #reference or bare URL comes to life, also not by what
 * GitHub and GitLab do after Markdown. What is quoted in `backticks`, as in our messages, becomes a code
 * span. Not for the start of a line. */
void rz_escape_markdown(struct rz_buffer *out, struct rz_str text, bool in_table);

/* Finished JSON to stand in <script type="application/json">: < > & and U+2028/9 become \uNNNN, which in
 * JSON they may be only within strings; </script> and <!-- cannot appear. */
void rz_escape_script(struct rz_buffer *out, struct rz_str json);

/* The message of a workflow command (`::error …::MESSAGE`), and a value among its properties
 * (`file=VALUE`). A line end in a message is to be written "%0A" by the caller. */
void rz_escape_workflow(struct rz_buffer *out, struct rz_str text);
void rz_escape_workflow_property(struct rz_buffer *out, struct rz_str text);

/* A relative path as a URI reference (RFC 3986 section 3.3): everything but unreserved characters and
 * slashes in %XX; octets are kept as they are, so that the path can be had back. */
void rz_escape_uri_path(struct rz_buffer *out, struct rz_str path);

/* The first `characters` characters of the text, or all of it; none is cut in two. */
struct rz_str rz_str_head(struct rz_str text, size_t characters);

#endif
