/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record between the API's JSON and DNS. Content has no final dots, TXT may lack its quotes, the
 * first number of MX and SRV is a member of its own. */
#include "dns/rtype.h"
#include "dnsservices/dnsservices.h"
#include "support/json_write.h"

static const uint8_t root[1] = {0};

/* Types whose RDATA ends in a name, which the API gives and takes without its final dot. */
static bool ends_in_name(uint16_t type)
{
    switch (type) {
    case RZ_TYPE_CNAME:
    case RZ_TYPE_NS:
    case RZ_TYPE_PTR:
    case RZ_TYPE_MX:
    case RZ_TYPE_SRV:
    case RZ_TYPE_DNAME:
    case RZ_TYPE_ALIAS: return true;
    default: return false;
    }
}

/* Numbers in presentation form before which `priority` stands. */
static int numbers_with_priority(uint16_t type)
{
    return type == RZ_TYPE_MX ? 1 : type == RZ_TYPE_SRV ? 3 : 0;
}

static int words_of(struct rz_str text)
{
    int words = 0;
    bool inside = false;
    for (size_t i = 0; i < text.size; i++) {
        bool space = text.data[i] == ' ' || text.data[i] == '\t';
        words += !space && !inside;
        inside = !space;
    }
    return words;
}

bool rz_dnsservices_takes_type(uint16_t type)
{
    return type != RZ_TYPE_LUA && !(rz_rtype_flags(type) & (RZ_RTYPE_META | RZ_RTYPE_SIGNER));
}

/* The whole name without the final dot, or relative with "" or "@" for the apex. A text that ends in
 * the zone's name is whole: nobody has www.example.com.example.com. */
static bool read_owner(struct rz_name *owner, struct rz_str text, const uint8_t *apex, bool *full,
                       bool *relative)
{
    const char *why;
    struct rz_name whole;
    if (text.size && text.data[text.size - 1] == '.')
        text.size--;
    if (text.size == 0 || rz_str_is(text, "@")) {
        rz_name_copy(owner, apex);
        *relative = true;
        return true;
    }
    if (rz_name_parse(&whole, text, NULL, &why) == RZ_OK && rz_name_in(whole.wire, apex)) {
        *owner = whole;
        *full = true;
        return true;
    }
    *relative = true;
    return rz_name_parse(owner, text, apex, &why) == RZ_OK;
}

/* The service keeps a text, not how it is cut into strings: it is shown cut as rezone cuts it. */
static enum rz_status cut_anew(struct rz_rdata_reader *reader, struct rz_rdata *rdata,
                               const char **why)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (size_t at = 0; at < rdata->size; at += 1 + (size_t)rdata->wire[at])
        rz_buffer_append(&text, (const char *)rdata->wire + at + 1, rdata->wire[at]);
    return rz_rdata_from_text(reader, rz_buffer_view(&text), rdata, why);
}

const char *rz_dnsservices_refuses(const struct rz_provider *provider, const struct rz_rrset *rrset)
{
    (void)provider;
    if (!(rz_rtype_flags(rrset->type) & RZ_RTYPE_TEXT))
        return NULL;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        for (size_t at = 0; at < c.size; at += 1 + (size_t)c.wire[at])
            if (c.wire[at] < 255 && at + 1 + c.wire[at] < c.size)
                return "the service keeps its text and not where it is cut into strings: write it "
                       "as one text";
    return NULL;
}

static enum rz_status read_text(struct rz_rdata_reader *reader, uint16_t type,
                                struct rz_str content, struct rz_rdata *rdata, const char **why)
{
    if (content.size && content.data[0] == '"'
        && rz_rdata_read(reader, type, content, root, rdata, why) == RZ_OK)
        return cut_anew(reader, rdata, why);
    return rz_rdata_from_text(reader, content, rdata, why);
}

static enum rz_status read_content(struct rz_rdata_reader *reader, uint16_t type,
                                   struct rz_str content, int64_t priority, struct rz_rdata *rdata,
                                   const char **why)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (rz_rtype_flags(type) & RZ_RTYPE_TEXT)
        return read_text(reader, type, content, rdata, why);
    int numbers = numbers_with_priority(type);
    if (numbers && words_of(content) == numbers)
        rz_buffer_printf(&text, "%lld ", (long long)priority);
    rz_buffer_str(&text, content);
    return rz_rdata_read(reader, type, rz_buffer_view(&text), root, rdata, why);
}

static struct rz_str member(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    return (struct rz_str){json_string_value(value), json_string_length(value)};
}

/* What is no DNS record keeps its words. */
static void keep_foreign(struct rz_dnsservices_row *row, struct rz_arena *arena, struct rz_str type,
                         struct rz_str content)
{
    row->text = rz_arena_printf(arena, "%.*s %.*s", RZ_STR_ARG(type), RZ_STR_ARG(content));
}

static bool is_services_own(struct rz_str type)
{
    return rz_str_equal_nocase(type, RZ_STR("URL")) || rz_str_equal_nocase(type, RZ_STR("FRAME"))
           || rz_str_equal_nocase(type, RZ_STR("MXE"));
}

static void read_data(struct rz_dnsservices_row *row, struct rz_arena *arena,
                      struct rz_rdata_reader *reader, const json_t *json, const char **why)
{
    struct rz_rdata rdata;
    struct rz_str type = member(json, "type"), content = member(json, "content");
    int64_t priority = 0;
    *why = NULL;
    if (!rz_rtype_parse(&row->type, type, false)
        || rz_rtype_flags(row->type) & (RZ_RTYPE_META | RZ_RTYPE_SIGNER)) {
        row->type = 0;
        if (!is_services_own(type))
            *why = "rezone does not know the type, or does not hold it";
    } else if (!rz_dnsservices_number(&priority, json_object_get(json, "priority"))
               && json_object_get(json, "priority") && numbers_with_priority(row->type)) {
        *why = "its priority is no number";
    } else if (read_content(reader, row->type, content, priority, &rdata, why) == RZ_OK) {
        uint8_t *wire = rz_arena_bytes(arena, rdata.size ? rdata.size : 1);
        memcpy(wire, rdata.wire, rdata.size);
        row->wire = wire;
        row->size = rdata.size;
        *why = NULL;
        return;
    }
    keep_foreign(row, arena, type, content);
}

enum rz_status rz_dnsservices_row_read(struct rz_dnsservices_row *row, struct rz_arena *arena,
                                       struct rz_rdata_reader *reader, const uint8_t *apex,
                                       const json_t *json, bool *full, bool *relative,
                                       const char **why)
{
    struct rz_name owner;
    int64_t ttl;
    *row = (struct rz_dnsservices_row){0};
    if (!rz_dnsservices_id(row->id, json_object_get(json, "id"))
        || !json_is_string(json_object_get(json, "type"))
        || !json_is_string(json_object_get(json, "content"))
        || !rz_dnsservices_number(&ttl, json_object_get(json, "ttl")) || ttl < 0 || ttl > INT32_MAX)
        return RZ_INVALID;
    struct rz_str name = member(json, "name");
    if (!read_owner(&owner, name, apex, full, relative))
        return RZ_INVALID;
    uint8_t *wire = rz_arena_bytes(arena, owner.size);
    memcpy(wire, owner.wire, owner.size);
    row->owner = wire;
    row->ttl = (uint32_t)ttl;
    read_data(row, arena, reader, json, why);
    return RZ_OK;
}

void rz_dnsservices_row_write(struct rz_buffer *out, const uint8_t *apex, const uint8_t *owner,
                              uint16_t type, uint32_t ttl, const uint8_t *wire, uint16_t size,
                              bool full_names)
{
    char name[RZ_NAME_TEXT_MAX], type_text[RZ_RTYPE_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_rdata_print(&text, type, wire, size);
    struct rz_str content = rz_buffer_view(&text);
    unsigned long priority = 0;
    if (numbers_with_priority(type)) {
        const char *space = memchr(content.data, ' ', content.size);
        for (const char *c = content.data; space && c < space; c++)
            priority = priority * 10 + (unsigned long)(*c - '0');
        if (space) {
            content.size -= (size_t)(space + 1 - content.data);
            content.data = space + 1;
        }
    }
    if (ends_in_name(type) && content.size > 1 && content.data[content.size - 1] == '.'
        && content.data[content.size - 2] != ' ')
        content.size--;
    if (full_names)
        rz_name_text_plain(name, owner);
    else
        rz_name_text_relative(name, owner, apex);
    rz_buffer_char(out, '{');
    rz_json_key(out, "content");
    rz_json_string(out, content);
    rz_json_text(out, "name", name);
    rz_json_int(out, "priority", (int64_t)priority);
    rz_json_int(out, "ttl", ttl);
    rz_json_text(out, "type", rz_rtype_text(type_text, type));
    rz_buffer_char(out, '}');
}
