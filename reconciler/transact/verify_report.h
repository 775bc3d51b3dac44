/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verification asked and was answered, server by server and check by check. */
#ifndef RZ_TRANSACT_VERIFY_REPORT_H
#define RZ_TRANSACT_VERIFY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "language/check.h"

/* One question to one server, as it was answered last. */
struct rz_answer_report {
    const char *owner, *type; /* the owner as asked, relative to the zone */
    const char *expected;     /* "answer", "referral", "NODATA", "NXDOMAIN" */
    const char *wrong;        /* what was wrong with the answer; NULL: as expected */
    const char *found;        /* the wrong answer's records; NULL: none */
    int64_t milliseconds;     /* of the last answer */
    unsigned tries;           /* rounds in which it was asked */
};

/* Answers that are kept of one server, wrong ones first. */
#define RZ_ANSWERS_KEPT 1000

struct rz_server_report {
    const char *server;         /* "192.0.2.53 port 53" */
    size_t expectations, right; /* questions, and those answered rightly at the end */
    size_t asked;               /* questions sent, over all rounds */
    int64_t settled_ms;         /* from the first question until all was right; -1: never */
    int64_t latency_total_ms, latency_most; /* of the last answers */
    bool has_serial;
    uint32_t serial;
    struct rz_answer_report *answers;
    const char
        *dnssec; /* of a signed zone whose parent has a DS: what came of it; NULL: not looked at */
    size_t answer_count; /* the rest, to `expectations`, was left out */
};

struct rz_check_report {
    struct rz_check check; /* texts in the report's arena; read from a journal: kind and place */
    const char *what;      /* the check in words */
    bool passed;
    unsigned tries;
    int64_t milliseconds; /* of all tries */
    const char *said;     /* what was found */
};

/* All zero is an empty report. */
struct rz_verify_report {
    struct rz_arena arena;
    struct rz_server_report *servers;
    size_t server_count;
    struct rz_check_report *checks;
    size_t check_count, checks_passed;
};

/* Members of an object: `server_reports`, with at most `answers` of each server, and `checks`. */
void rz_verify_servers_json(struct rz_buffer *out, const struct rz_verify_report *report,
                            size_t answers);
void rz_verify_checks_json(struct rz_buffer *out, const struct rz_verify_report *report);

/* What the journal keeps of a zone's verification, as text; and that text read again. */
#define RZ_ANSWERS_JOURNALED 100 /* of one server, wrong ones first */
struct rz_verify_record {
    struct rz_verify_report report;
    bool read_back; /* the target was read, and was as it had to be */
};
void rz_verify_record_write(struct rz_buffer *out, const struct rz_verify_report *report,
                            bool read_back);
/* False where it is damaged. Free record->report in any case. */
bool rz_verify_record_read(struct rz_verify_record *record, struct rz_str text);

static inline void rz_verify_report_free(struct rz_verify_report *report)
{
    rz_arena_free(&report->arena);
    *report = (struct rz_verify_report){0};
}

#endif
