/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small questions to YAML nodes. */
#include "language/node.h"

struct rz_place rz_node_place(const struct rz_source *source, const struct rz_node *node)
{
    if (!node->line)
        return (struct rz_place){.name = "command line"};
    uint32_t width = node->kind == RZ_NODE_SCALAR ? node->count + (node->quoted ? 2 : 0) : 1;
    return (struct rz_place){
        .source = source, .line = node->line, .column = node->column, .width = width};
}

const struct rz_node *rz_node_get(const struct rz_node *map, const char *key)
{
    if (map->kind != RZ_NODE_MAP)
        return NULL;
    struct rz_str wanted = rz_str_of(key);
    for (uint32_t i = 0; i < map->count; i++)
        if (rz_str_equal(rz_node_str(map->pairs[i].key), wanted))
            return map->pairs[i].value;
    return NULL;
}

const char *rz_node_kind_text(const struct rz_node *node)
{
    static const char *const texts[] = {"nothing", "text", "a list", "a map"};
    return texts[node->kind];
}
