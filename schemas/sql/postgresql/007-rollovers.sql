-- SPDX-License-Identifier: GPL-3.0-or-later
-- Roll-overs of keys under way; reconciler/journal/rollover.h says what the columns are.
CREATE TABLE rollovers (
    zone     TEXT NOT NULL,
    target   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    step     BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    started  BIGINT NOT NULL, -- seconds since 1970, as `since`
    since    BIGINT NOT NULL,
    wait     BIGINT NOT NULL, -- seconds, as `margin`
    margin   BIGINT NOT NULL,
    old_keys TEXT NOT NULL,
    PRIMARY KEY (zone, target)
);
