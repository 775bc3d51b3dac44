-- SPDX-License-Identifier: GPL-3.0-or-later
-- Messages of `notify:` that could not be delivered yet; the next command that tells something sends them.
CREATE TABLE notices (
    receiver TEXT NOT NULL,    -- hash of what it is in rezone.yaml
    message  TEXT NOT NULL,    -- id, the same in every try
    shown    TEXT NOT NULL,    -- the receiver, for people
    event    TEXT NOT NULL,
    run      BIGINT  NOT NULL, -- 0: none
    created  BIGINT  NOT NULL,
    tries    BIGINT  NOT NULL, -- commands that did not get it through
    why      TEXT NOT NULL,    -- the last one did not
    subject  TEXT NOT NULL,
    body     TEXT NOT NULL,
    json     TEXT NOT NULL,
    PRIMARY KEY (receiver, message)
);
