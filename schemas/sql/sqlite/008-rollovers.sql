-- SPDX-License-Identifier: GPL-3.0-or-later
-- Roll-overs of keys under way; reconciler/journal/rollover.h says what the columns are.
CREATE TABLE rollovers (
    zone     TEXT NOT NULL,
    target   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    step     INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    started  INTEGER NOT NULL, -- seconds since 1970, as `since`
    since    INTEGER NOT NULL,
    wait     INTEGER NOT NULL, -- seconds, as `margin`
    margin   INTEGER NOT NULL,
    old_keys TEXT NOT NULL,
    PRIMARY KEY (zone, target)
);
