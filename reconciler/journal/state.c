/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the states a zone goes through in a run. */
#include "journal/journal.h"

static const char *const texts[] = {
    [RZ_STATE_PLANNED] = "planned",           [RZ_STATE_LOCKED] = "locked",
    [RZ_STATE_APPLYING] = "applying",         [RZ_STATE_APPLIED] = "applied",
    [RZ_STATE_VERIFYING] = "verifying",       [RZ_STATE_COMMITTED] = "committed",
    [RZ_STATE_ROLLING_BACK] = "rolling_back", [RZ_STATE_ROLLED_BACK] = "rolled_back",
    [RZ_STATE_UNKNOWN] = "unknown",           [RZ_STATE_FAILED] = "failed",
};

const char *rz_zone_state_text(enum rz_zone_state state)
{
    return texts[state];
}

bool rz_zone_state_parse(enum rz_zone_state *state, struct rz_str text)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (rz_str_is(text, texts[i])) {
            *state = (enum rz_zone_state)i;
            return true;
        }
    return false;
}
