/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Freeze windows: times in which nothing may be applied. All are in UTC. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plan/policy.h"

#define MINUTES_A_DAY 1440
#define MINUTES_A_WEEK (7 * MINUTES_A_DAY)

static bool is_end(const char *text, size_t size)
{
    return text && *text == '\0' && size > 0;
}

/* "16:00" to minutes; NULL where it is no time, else what is behind it. */
static const char *parse_clock(const char *text, int64_t *minutes)
{
    for (int i = 0; i < 5; i++)
        if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9')
            return NULL;
    int hours = (text[0] - '0') * 10 + text[1] - '0', rest = (text[3] - '0') * 10 + text[4] - '0';
    *minutes = hours * 60 + rest;
    return rest < 60 && (hours < 24 || (hours == 24 && rest == 0)) ? text + 5 : NULL;
}

/* "2026-12-24" or "2026-12-24T16:00" to seconds since 1970. */
static bool parse_date(const char *text, int64_t *seconds, bool *whole_day)
{
    struct tm tm = {0}, normal;
    int64_t minutes = 0;
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (!end || text[4] != '-')
        return false;
    normal = tm;
    *seconds = (int64_t)timegm(&normal);
    if (normal.tm_mday != tm.tm_mday) /* 30 February */
        return false;
    *whole_day = *end == '\0';
    if (*end == 'T' || *end == ' ')
        end = parse_clock(end + 1, &minutes);
    *seconds += minutes * 60;
    return is_end(end, 1);
}

/* "Fri 16:00" to minutes since Monday. */
static bool parse_weekday(const char *text, int64_t *minutes)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (int day = 0; day < 7; day++) {
        if (strncmp(text, days[day], 3) != 0 || text[3] != ' ')
            continue;
        bool good = is_end(parse_clock(text + 4, minutes), 1);
        *minutes += day * MINUTES_A_DAY;
        return good;
    }
    return false;
}

bool rz_freeze_parse(struct rz_freeze *freeze, const char *text)
{
    char from[24], to[24];
    bool from_day, to_day;
    const char *dots = strstr(text, "..");
    if (!dots || (size_t)(dots - text) >= sizeof from || strlen(dots + 2) >= sizeof to)
        return false;
    snprintf(from, sizeof from, "%.*s", (int)(dots - text), text);
    snprintf(to, sizeof to, "%s", dots + 2);
    *freeze = (struct rz_freeze){.text = text};
    if (parse_date(from, &freeze->from, &from_day) && parse_date(to, &freeze->to, &to_day)) {
        freeze->to += to_day ? 86400 : 0; /* the last day is frozen as a whole */
        return freeze->from < freeze->to;
    }
    freeze->period = MINUTES_A_WEEK;
    if (parse_weekday(from, &freeze->from) && parse_weekday(to, &freeze->to))
        return freeze->from != freeze->to;
    freeze->period = MINUTES_A_DAY;
    return is_end(parse_clock(from, &freeze->from), 1) && is_end(parse_clock(to, &freeze->to), 1)
           && freeze->from != freeze->to;
}

bool rz_freeze_covers(const struct rz_freeze *freeze, int64_t now)
{
    if (!freeze->period)
        return now >= freeze->from && now < freeze->to;
    /* 1 January 1970 was a Thursday. */
    int64_t minute = (now / 60 + 3 * MINUTES_A_DAY) % freeze->period;
    return freeze->from < freeze->to ? minute >= freeze->from && minute < freeze->to
                                     : minute >= freeze->from || minute < freeze->to;
}

const struct rz_freeze *rz_policy_frozen(const struct rz_policy *policy, int64_t now)
{
    for (size_t i = 0; i < policy->freeze_count; i++)
        if (rz_freeze_covers(&policy->freeze[i], now))
            return &policy->freeze[i];
    return NULL;
}
