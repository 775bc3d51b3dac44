-- SPDX-License-Identifier: GPL-3.0-or-later
-- The journal: runs, their zones, changes with before and after, batches, locks.
CREATE TABLE runs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    command      TEXT NOT NULL,
    actor        TEXT NOT NULL,
    host         TEXT NOT NULL,
    commit_id    TEXT,
    plan_id      TEXT,
    plan_created INTEGER NOT NULL, -- seconds since 1970, as all times here
    flags        TEXT,             -- options that loosened a rule
    version      TEXT NOT NULL,
    started      INTEGER NOT NULL,
    ended        INTEGER NOT NULL DEFAULT 0,
    status       TEXT NOT NULL,
    undoes       INTEGER           -- the run that a rollback is of
);
CREATE INDEX runs_plan ON runs (plan_id);

CREATE TABLE run_zones (
    id            INTEGER PRIMARY KEY,
    run           INTEGER NOT NULL REFERENCES runs (id),
    zone          TEXT NOT NULL,   -- without the final dot
    target        TEXT NOT NULL,   -- the provider's name in rezone.yaml
    state         TEXT NOT NULL,
    created_zone  INTEGER NOT NULL DEFAULT 0,
    deleted_zone  INTEGER NOT NULL DEFAULT 0,
    creates       INTEGER NOT NULL DEFAULT 0,
    updates       INTEGER NOT NULL DEFAULT 0,
    deletes       INTEGER NOT NULL DEFAULT 0,
    serial_before INTEGER NOT NULL DEFAULT 0,
    serial_after  INTEGER NOT NULL DEFAULT 0,
    detail        TEXT,
    changed       INTEGER NOT NULL,
    UNIQUE (run, zone, target)
);
CREATE INDEX run_zones_zone ON run_zones (zone, target);

-- Changes in the order of the plan, many together; reconciler/journal/change_block.h says how.
CREATE TABLE change_blocks (
    run_zone INTEGER NOT NULL REFERENCES run_zones (id),
    first    INTEGER NOT NULL,     -- the number of the block's first change, from 0
    data     BLOB NOT NULL,
    PRIMARY KEY (run_zone, first)
);

CREATE TABLE batches (
    run_zone INTEGER NOT NULL REFERENCES run_zones (id),
    number   INTEGER NOT NULL,
    first    INTEGER NOT NULL,     -- changes in the order sent
    past     INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    changed  INTEGER NOT NULL,
    PRIMARY KEY (run_zone, number)
) WITHOUT ROWID;

CREATE TABLE locks (
    zone   TEXT NOT NULL,
    target TEXT NOT NULL,
    run    INTEGER NOT NULL,
    fence  INTEGER NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (zone, target)
) WITHOUT ROWID;
CREATE TABLE fences (last INTEGER NOT NULL);
INSERT INTO fences VALUES (0);
