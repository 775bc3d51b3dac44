-- SPDX-License-Identifier: GPL-3.0-or-later
-- What verification asked and was answered, and what came of checks; reconciler/transact/verify_report.h
-- says how.
CREATE TABLE verifications (
    run_zone BIGINT PRIMARY KEY REFERENCES run_zones (id),
    data     TEXT NOT NULL -- JSON
);
