/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where waves end. */
#include <criterion/criterion.h>

#include "transact/transact_internal.h"

/* The waves' sizes as text: "1,25,25". */
static void waves(char *text, size_t size, const struct rz_wave_settings *settings, size_t count)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t first = 0, end; first < count; first = end) {
        end = rz_wave_end(settings, first, count);
        cr_assert(end > first && end <= count);
        used += (size_t)snprintf(text + used, size - used, "%s%zu", first ? "," : "", end - first);
    }
}

Test(waves, sizes)
{
    static const struct {
        uint64_t canary;
        const char *size;
        size_t count;
        const char *expected;
    } cases[] = {
        {0, NULL, 7, "7"},         {1, NULL, 7, "1,6"},   {1, "25%", 9, "1,3,3,2"},
        {2, "3", 9, "2,3,3,1"},    {20, "3", 9, "9"},     {0, "1%", 3, "1,1,1"},
        {0, "100%", 5, "5"},       {1, "100%", 5, "1,4"}, {9, NULL, 9, "9"},
        {0, "4294967294", 2, "2"}, {1, "1", 1, "1"},      {0, "50%", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        struct rz_wave_settings settings = {.canary = cases[i].canary};
        cr_assert(rz_limit_parse(&settings.limit, cases[i].size));
        waves(text, sizeof text, &settings, cases[i].count);
        cr_expect_str_eq(text, cases[i].expected, "case %zu: %s", i, text);
    }
}
