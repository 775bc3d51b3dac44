/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML tree in which every node knows its place. Scalars are strings until a field reads them. */
#ifndef RZ_LANGUAGE_NODE_H
#define RZ_LANGUAGE_NODE_H

#include "support/diag.h"

enum rz_node_kind { RZ_NODE_NULL, RZ_NODE_SCALAR, RZ_NODE_LIST, RZ_NODE_MAP };

/* Nodes are immutable after loading and live in the arena given to rz_yaml_load. */
struct rz_node {
    uint8_t kind;    /* enum rz_node_kind; a plain `null`, `~` or nothing is RZ_NODE_NULL */
    bool quoted;     /* scalar written in quotes or as a block */
    uint16_t column; /* 1-based, in characters, capped at 65,535 */
    uint32_t line;   /* 1-based; 0: no file has it, the command line does */
    uint32_t count;  /* items of a list, pairs of a map, octets of a scalar */
    union {
        const char *text;             /* scalar, NUL-terminated */
        const struct rz_node **items; /* list */
        const struct rz_pair *pairs;  /* map, in the order written */
    };
};

struct rz_pair {
    const struct rz_node *key; /* always a scalar */
    const struct rz_node *value;
};

static inline struct rz_str rz_node_str(const struct rz_node *node)
{
    return (struct rz_str){node->text, node->count};
}
struct rz_place rz_node_place(const struct rz_source *source, const struct rz_node *node);
/* The value of a key, NULL where absent. */
const struct rz_node *rz_node_get(const struct rz_node *map, const char *key);
/* "a list", "a map", "text", "nothing": for messages. */
const char *rz_node_kind_text(const struct rz_node *node);

#endif
