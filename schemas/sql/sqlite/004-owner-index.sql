-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which change blocks may have an owner; reconciler/journal/owner_index.h says how.
CREATE TABLE owner_index (
    key      INTEGER NOT NULL, -- hash of the owner; of the zone, where there is a filter
    run_zone INTEGER NOT NULL REFERENCES run_zones (id),
    first    INTEGER NOT NULL,
    filter   BLOB NOT NULL,
    PRIMARY KEY (key, run_zone, first)
) WITHOUT ROWID;
