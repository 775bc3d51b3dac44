-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who signed the plan of a run; and what must be found fast however long the journal has become.
ALTER TABLE runs ADD COLUMN signers TEXT; -- public keys, hexadecimal, blanks between
CREATE INDEX runs_undoes ON runs (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX runs_running ON runs (id) WHERE status = 'running';
CREATE INDEX run_zones_open ON run_zones (run)
    WHERE state NOT IN ('committed', 'rolled_back', 'failed');
