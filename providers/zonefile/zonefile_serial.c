/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SOA serials. */
#include <time.h>

#include "zonefile/zonefile.h"

/* RFC 1982 §3.2 */
static bool is_after(uint32_t a, uint32_t b)
{
    return a != b && a - b < 0x80000000u;
}

/* 0: the strategy names none. */
static uint32_t serial_of_time(enum rz_zonefile_serial strategy, int64_t now)
{
    time_t seconds = (time_t)now;
    struct tm date;
    if (strategy == RZ_SERIAL_UNIXTIME)
        return (uint32_t)now;
    if (strategy != RZ_SERIAL_DATE || !gmtime_r(&seconds, &date))
        return 0;
    int day = (date.tm_year + 1900) * 10000 + (date.tm_mon + 1) * 100 + date.tm_mday;
    return (uint32_t)day * 100 + 1;
}

uint32_t rz_zonefile_next_serial(enum rz_zonefile_serial strategy, uint32_t live, int64_t now)
{
    uint32_t wanted = serial_of_time(strategy, now), next = live + 1;
    if (wanted && is_after(wanted, live))
        return wanted;
    return next ? next : 1; /* some servers take 0 for "none" */
}

uint32_t rz_zonefile_first_serial(enum rz_zonefile_serial strategy, uint32_t wanted, int64_t now)
{
    uint32_t serial = serial_of_time(strategy, now);
    return serial ? serial : wanted ? wanted : 1;
}
