-- SPDX-License-Identifier: GPL-3.0-or-later
-- Each zone as the last committed run left it at a target; reconciler/journal/zone_snapshot.h says how.
CREATE TABLE zone_snapshots (
    zone        TEXT NOT NULL,
    target      TEXT NOT NULL,
    run         INTEGER NOT NULL, -- that left it so
    taken       INTEGER NOT NULL,
    serial      INTEGER NOT NULL,
    scope       INTEGER NOT NULL, -- what is left out
    fingerprint TEXT NOT NULL,    -- of the zone: an equal one is not written again
    data        BLOB NOT NULL,
    PRIMARY KEY (zone, target)
);
