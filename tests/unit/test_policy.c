/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Freeze windows. */
#include <criterion/criterion.h>

#include "plan/policy.h"

#define DAY 86400
/* 2026-12-24 00:00:00 UTC, a Thursday. */
#define XMAS 1798070400

Test(policy, freezes)
{
    static const struct {
        const char *text;
        int64_t now;
        bool covered;
    } cases[] = {
        {"2026-12-24..2027-01-02", XMAS - 1, false},
        {"2026-12-24..2027-01-02", XMAS, true},
        {"2026-12-24..2027-01-02", XMAS + 10 * DAY - 1, true},
        {"2026-12-24..2027-01-02", XMAS + 10 * DAY, false},
        {"2026-12-24..2026-12-24", XMAS + DAY - 1, true},
        {"2026-12-24T16:00..2026-12-25T08:00", XMAS + 16 * 3600 - 1, false},
        {"2026-12-24T16:00..2026-12-25T08:00", XMAS + 16 * 3600, true},
        {"2026-12-24 16:00..2026-12-25", XMAS + 2 * DAY - 1, true},
        {"Fri 16:00..Mon 08:00", XMAS + DAY + 16 * 3600 - 1, false},
        {"Fri 16:00..Mon 08:00", XMAS + DAY + 16 * 3600, true},
        {"Fri 16:00..Mon 08:00", XMAS + 3 * DAY, true},
        {"Fri 16:00..Mon 08:00", XMAS + 4 * DAY + 8 * 3600 - 1, true},
        {"Fri 16:00..Mon 08:00", XMAS + 4 * DAY + 8 * 3600, false},
        {"Thu 00:00..Thu 12:00", XMAS + 6 * 3600, true},
        {"Thu 00:00..Thu 12:00", XMAS + 12 * 3600, false},
        {"22:00..06:00", XMAS + 23 * 3600, true},
        {"22:00..06:00", XMAS + 5 * 3600, true},
        {"22:00..06:00", XMAS + 6 * 3600, false},
        {"00:00..24:00", XMAS + 12345, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rz_freeze freeze;
        cr_assert(rz_freeze_parse(&freeze, cases[i].text), "%s", cases[i].text);
        cr_expect_eq(rz_freeze_covers(&freeze, cases[i].now), cases[i].covered, "case %zu: %s", i,
                     cases[i].text);
    }
}

Test(policy, no_freezes)
{
    static const char *const texts[] = {
        "",
        "..",
        "2026-12-24",
        "2026-12-24..",
        "..2026-12-24",
        "2027-01-02..2026-12-24",
        "2026-02-30..2026-03-05",
        "Fri..Mon",
        "Fri 16:00..",
        "Fri 16:00..08:00",
        "fri 16:00..mon 08:00",
        "25:00..26:00",
        "10:60..11:00",
        "10:00..10:00",
        "Fri 16:00..Fri 16:00",
        "1:00..2:00",
        "2026-12-24T16..2026-12-25",
        "24:01..25:00",
        "2026-12-24x..2026-12-25",
        "2026-12-24T16:00:00..2026-12-25",
        "Fri 16:00x..Mon 08:00",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct rz_freeze freeze;
        cr_expect_not(rz_freeze_parse(&freeze, texts[i]), "%s", texts[i]);
    }
}
