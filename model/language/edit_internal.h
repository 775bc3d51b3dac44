/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of a document with the octets that each node covers, and the pieces to put in. */
#ifndef RZ_LANGUAGE_EDIT_INTERNAL_H
#define RZ_LANGUAGE_EDIT_INTERNAL_H

#include "language/edit.h"
#include "language/node.h"

struct rz_edit_node {
    enum rz_node_kind kind; /* of an alias: RZ_NODE_SCALAR */
    bool flow;              /* list or map in brackets */
    bool alias;             /* `*name`: what it stands for is elsewhere */
    bool anchored;          /* has `&name`, or something in it has */
    bool block;             /* scalar after `|` or `>` */
    size_t start, end;      /* octets of the document; without the comment behind */
    const char *text;       /* scalar */
    size_t size;
    size_t count; /* items; of a map keys and values in turn */
    struct rz_edit_node **items;
};

/* NULL where the text is no YAML. Nodes live in `arena`. */
struct rz_edit_node *rz_edit_tree(struct rz_str text, struct rz_arena *arena);
/* The value of a key; NULL. */
struct rz_edit_node *rz_edit_get(const struct rz_edit_node *map, const char *key);

struct rz_splice {
    size_t from, to;  /* octets that go */
    const char *text; /* that come in their place */
};

#define RZ_SPLICES_MAX 512

/* An edit while its pieces are collected. */
struct rz_editor {
    struct rz_arena arena;
    struct rz_str text;
    const struct rz_edit *edit;
    struct rz_edit_node *root, *records;
    struct rz_edit_node *owner_key, *owner; /* the owner's own entry; NULL */
    struct rz_edit_node *type_key, *value;  /* the RRset's; NULL */
    struct rz_splice splices[RZ_SPLICES_MAX];
    size_t count;
    const char *why;
};

/* Adds a piece; false where there are too many. `text` is copied. */
bool rz_editor_splice(struct rz_editor *editor, size_t from, size_t to, const char *text);
size_t rz_editor_line_start(const struct rz_editor *editor, size_t at);
size_t rz_editor_line_end(const struct rz_editor *editor, size_t at); /* behind the line end */
/* Blanks before the node on its line; SIZE_MAX where something else stands there (but `- `). */
size_t rz_editor_indent(const struct rz_editor *editor, size_t at);
/* Adds a line behind the one that `at` is on. */
bool rz_editor_add_line(struct rz_editor *editor, size_t at, const char *line);

/* A record as YAML, in the arena. flow: safe inside brackets. like: a scalar whose quotes to use, or
 * NULL. */
const char *rz_editor_record(struct rz_editor *editor, const uint8_t *wire, uint16_t size,
                             bool flow, const struct rz_edit_node *like);
/* The whole value of `edit->is` on one line. */
const char *rz_editor_value(struct rz_editor *editor, bool with_ttl);
const char *rz_editor_ttl(struct rz_editor *editor, uint32_t ttl, const struct rz_edit_node *like);

/* The ways. False with editor->why. */
bool rz_edit_in_place(struct rz_editor *editor);
bool rz_edit_soa(struct rz_editor *editor, const struct rz_edit_node *soa);

#endif
