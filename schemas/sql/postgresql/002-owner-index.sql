-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which change blocks may have an owner; reconciler/journal/owner_index.h says how.
CREATE TABLE owner_index (
    key      BIGINT NOT NULL, -- hash of the owner; of the zone, where there is a filter
    run_zone BIGINT NOT NULL REFERENCES run_zones (id),
    first    BIGINT NOT NULL,
    filter   BYTEA NOT NULL,
    PRIMARY KEY (key, run_zone, first)
);
ALTER TABLE owner_index ALTER COLUMN filter SET STORAGE PLAIN;

-- Whether the four bits of the hash are set.
CREATE FUNCTION filter_has(filter BYTEA, hash BIGINT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(filter) = 0 THEN false ELSE (
        SELECT bool_and(get_bit(filter, (((hash & 4294967295)
            + probe * ((hash >> 32) & 4294967295)) % (length(filter) * 8))::integer) = 1)
        FROM generate_series(0, 3) AS probe) END
$$;
