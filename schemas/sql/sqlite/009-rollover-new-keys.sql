-- SPDX-License-Identifier: GPL-3.0-or-later
-- Keys that take over in a roll-over and existed before: made for a DS that comes first, or imported.
ALTER TABLE rollovers ADD COLUMN new_keys TEXT NOT NULL DEFAULT '';
