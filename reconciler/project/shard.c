/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares of zones. */
#include "project/shard.h"

#include "support/hash.h"

static bool take_number(struct rz_str *text, uint32_t *number)
{
    size_t digits = 0;
    *number = 0;
    while (digits < text->size && digits < 6 && text->data[digits] >= '0'
           && text->data[digits] <= '9')
        *number = *number * 10 + (uint32_t)(text->data[digits++] - '0');
    *text = (struct rz_str){text->data + digits, text->size - digits};
    return digits > 0 && *number > 0 && *number <= RZ_SHARDS_MAX;
}

bool rz_shard_parse(struct rz_shard *shard, struct rz_str text)
{
    if (!take_number(&text, &shard->number) || text.size == 0 || text.data[0] != '/')
        return false;
    text = (struct rz_str){text.data + 1, text.size - 1};
    return take_number(&text, &shard->count) && text.size == 0 && shard->number <= shard->count;
}

bool rz_shard_has(struct rz_shard shard, const uint8_t *apex)
{
    char name[RZ_NAME_TEXT_MAX];
    if (shard.count == 0)
        return true;
    rz_name_text_plain(name, apex);
    return rz_hash_of(name, strlen(name)).low % shard.count == shard.number - 1;
}

void rz_shard_select(struct rz_shard shard, struct rz_zone_list *zones)
{
    size_t kept = 0;
    for (size_t i = 0; i < zones->count; i++)
        if (rz_shard_has(shard, zones->items[i].apex.wire))
            zones->items[kept++] = zones->items[i];
    zones->count = kept;
}
