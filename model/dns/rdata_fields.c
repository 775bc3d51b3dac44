/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structured values become presentation form, which rz_rdata_read then checks. */
#include "dns/rdata_fields.h"

static bool names_field(const struct rz_rfield *field, struct rz_str key)
{
    if (rz_str_is(key, field->name))
        return true;
    for (size_t i = 0; i < 3 && field->aliases[i]; i++)
        if (rz_str_is(key, field->aliases[i]))
            return true;
    return false;
}

static const struct rz_rfield *field_named(const struct rz_rtype *row, struct rz_str key)
{
    for (size_t i = 0; i < row->field_count; i++)
        if (names_field(&row->fields[i], key))
            return &row->fields[i];
    return NULL;
}

bool rz_rdata_has_field(const struct rz_rtype *row, struct rz_str key)
{
    return field_named(row, key) != NULL;
}

void rz_rdata_quote(struct rz_buffer *text, struct rz_str octets)
{
    rz_buffer_char(text, '"');
    for (size_t i = 0; i < octets.size; i++) {
        unsigned char c = (unsigned char)octets.data[i];
        if (c == '"' || c == '\\')
            rz_buffer_char(text, '\\');
        if (c >= ' ' && c < 0x7F)
            rz_buffer_char(text, (char)c);
        else
            rz_buffer_printf(text, "\\%03u", c);
    }
    rz_buffer_char(text, '"');
}

static bool is_uint(struct rz_str text, uint32_t maximum)
{
    uint64_t value = 0;
    if (text.size == 0 || text.size > 10)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    return value <= maximum;
}

static bool is_one_word(struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(" \t\r\n\"();", text.data[i]) || text.data[i] == '\0')
            return false;
    return text.size > 0;
}

static bool append_value(struct rz_buffer *text, const struct rz_rfield *field, struct rz_str value,
                         const char **why)
{
    switch (field->kind) {
    case RZ_RFIELD_UINT:
        *why = field->maximum == UINT8_MAX    ? "it must be a number from 0 to 255"
               : field->maximum == UINT16_MAX ? "it must be a number from 0 to 65535"
                                              : "it must be a number from 0 to 4294967295";
        if (!is_uint(value, field->maximum))
            return false;
        break;
    case RZ_RFIELD_STRING: rz_rdata_quote(text, value); return true;
    case RZ_RFIELD_REST: break;
    default:
        *why = "it must be one word";
        if (!is_one_word(value))
            return false;
    }
    rz_buffer_str(text, value);
    return true;
}

static size_t find_field(const struct rz_rfield *field, const struct rz_rdata_field *fields,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (names_field(field, fields[i].key))
            return i;
    return count;
}

bool rz_rdata_compose(struct rz_buffer *text, const struct rz_rtype *row,
                      const struct rz_rdata_field *fields, size_t count, size_t *bad,
                      const char **why)
{
    for (*bad = 0; *bad < count; (*bad)++) {
        const struct rz_rfield *field = field_named(row, fields[*bad].key);
        *why = "the type has no such field";
        if (!field)
            return false;
        *why = "the field is given twice, under two names";
        if (find_field(field, fields, *bad) < *bad)
            return false;
    }
    for (size_t i = 0; i < row->field_count; i++) {
        const struct rz_rfield *field = &row->fields[i];
        *bad = find_field(field, fields, count);
        if (i)
            rz_buffer_char(text, ' ');
        if (*bad == count && !field->fallback) {
            *why = field->name;
            return false;
        }
        struct rz_str value = *bad == count ? rz_str_of(field->fallback) : fields[*bad].value;
        if (!append_value(text, field, value, why))
            return false;
    }
    return true;
}
