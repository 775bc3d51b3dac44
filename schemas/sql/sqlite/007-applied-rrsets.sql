-- SPDX-License-Identifier: GPL-3.0-or-later
-- RRsets that runs put into zones with `manage: listed`; reconciler/journal/applied.h says what for.
CREATE TABLE applied_rrsets (
    zone   TEXT NOT NULL,
    target TEXT NOT NULL,
    data   BLOB NOT NULL, -- reconciler/journal/zone_snapshot.h says how
    PRIMARY KEY (zone, target)
);
