/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations and sizes in text. */
#include "language/fields.h"

static const struct {
    char unit;
    uint64_t seconds;
} units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

static uint64_t seconds_of(char unit)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == (unit | 0x20))
            return units[i].seconds;
    return 0;
}

bool rz_duration_parse(uint64_t *seconds, struct rz_str text)
{
    uint64_t total = 0, part = 0;
    bool digits = false, unit = false;
    if (text.size == 0 || text.size > 40)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c >= '0' && c <= '9') {
            if (part > UINT64_MAX / 100)
                return false;
            part = part * 10 + (uint64_t)(c - '0');
            digits = true;
        } else if (digits && seconds_of(c)) {
            if (part > UINT32_MAX * (uint64_t)100)
                return false;
            total += part * seconds_of(c);
            part = 0;
            digits = false;
            unit = true;
        } else {
            return false;
        }
    }
    /* "1h30" would be a guess. */
    if (digits && unit)
        return false;
    *seconds = total + part;
    return true;
}

void rz_duration_print(struct rz_buffer *out, uint64_t seconds)
{
    if (seconds == 0) {
        rz_buffer_text(out, "0s");
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t count = seconds / units[i].seconds;
        if (count) {
            rz_buffer_uint(out, count);
            rz_buffer_char(out, units[i].unit);
        }
        seconds %= units[i].seconds;
    }
}

bool rz_ttl_parse(uint32_t *ttl, struct rz_str text)
{
    uint64_t seconds;
    if (!rz_duration_parse(&seconds, text) || seconds > INT32_MAX)
        return false;
    *ttl = (uint32_t)seconds;
    return true;
}
