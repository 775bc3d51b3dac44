/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the kinds of change. */
#include "dns/change.h"

const char *rz_change_kind_text(enum rz_change_kind kind)
{
    static const char *const texts[] = {"create", "update", "delete"};
    return texts[kind];
}
