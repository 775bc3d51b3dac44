/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the DNS transport share: waiting, one TCP connection, messages read and written
 * in place, and the running state of TSIG. */
#ifndef RZ_TRANSPORT_DNS_INTERNAL_H
#define RZ_TRANSPORT_DNS_INTERNAL_H

#include <libknot/libknot.h>
#include <sys/socket.h>

#include "support/buffer.h"
#include "transport/dns.h"

#define RZ_DNS_MESSAGE_MAX 65535
#define RZ_DNS_HEADER 12
#define RZ_DNS_TIMEOUT_MS 5000
#define RZ_DNS_PEER_TEXT 80

/* context->cancelled from which a wait is given up: questions of verification stop at
 * the first signal, an UPDATE and a transfer only at the second: after the first, the way back needs
 * both. */
enum rz_dns_patience { RZ_DNS_UNTIL_SIGNAL = 1, RZ_DNS_UNTIL_SECOND_SIGNAL = 2 };

/* ---- dns_trace.c ---- */

/* One line of --trace, where there is one; kind: "dns-request" or "dns-reply". */
void rz_dns_trace(const struct rz_dns_peer *peer, const char *kind, const uint8_t *wire,
                  size_t size);

/* ---- dns_socket.c ---- */

/* "192.0.2.53:53" or "[2001:db8::53]:53", for diagnostics. */
char *rz_dns_peer_text(char text[RZ_DNS_PEER_TEXT], const struct rz_dns_peer *peer);
struct rz_diag *rz_dns_report(struct rz_diags *diags, enum rz_code code,
                              const struct rz_dns_peer *peer, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int64_t rz_dns_ticks(const struct rz_dns_peer *peer);
int64_t rz_dns_timeout(const struct rz_dns_peer *peer);
/* In so many ms, or peer->until if that is sooner. */
int64_t rz_dns_deadline(const struct rz_dns_peer *peer, int64_t ms);
bool rz_dns_cancelled(const struct rz_dns_peer *peer, enum rz_dns_patience patience);
/* RZ_NETWORK, with a diagnostic, where the address cannot be read. */
enum rz_status rz_dns_address(const struct rz_dns_peer *peer, struct sockaddr_storage *address,
                              socklen_t *size, struct rz_diags *diags);

/* A TCP connection that hands over whole messages where they were received. */
struct rz_dns_stream {
    const struct rz_dns_peer *peer;
    struct rz_diags *diags;
    enum rz_dns_patience patience;
    int fd;
    bool replied; /* a message arrived */
    uint8_t *buffer;
    size_t start, end, capacity; /* octets received and not yet handed over */
};
/* Connects. `capacity` is of the receive buffer, at least one message. All failures are RZ_NETWORK
 * (RZ_CANCELLED) with a diagnostic. Close in any case. */
enum rz_status rz_dns_stream_open(struct rz_dns_stream *stream, const struct rz_dns_peer *peer,
                                  enum rz_dns_patience patience, size_t capacity,
                                  struct rz_diags *diags);
void rz_dns_stream_close(struct rz_dns_stream *stream);
/* Sends a message with its length in front. On failure not all of it went out, so that the other
 * side cannot act on it. */
enum rz_status rz_dns_stream_send(struct rz_dns_stream *stream, const uint8_t *wire, size_t size);
/* The next message, valid until the next call; it may be changed in place. The whole message must
 * arrive within the peer's timeout. */
enum rz_status rz_dns_stream_next(struct rz_dns_stream *stream, uint8_t **wire, size_t *size);

/* ---- dns_message.c ---- */

/* Room that libknot's record parser allocates from; good for one record. */
struct rz_dns_scratch {
    knot_mm_t mm;
    size_t used;
    _Alignas(16) uint8_t memory[160 * 1024];
};
struct rz_dns_scratch *rz_dns_scratch_new(void); /* free() */

/* A message being read. */
struct rz_dns_message {
    uint8_t *wire;
    size_t size; /* without a TSIG that was taken off */
    size_t at;   /* next record */
    uint16_t id, question_type, question_class;
    unsigned rcode;     /* with the EDNS part once the OPT record was seen */
    size_t question;    /* offset of the question's name; 0: no question */
    unsigned counts[3]; /* records left in answer, authority, additional */
    unsigned section;   /* of the next record: 0, 1, 2 */
    bool response, authoritative, truncated;
    unsigned opcode;
};
/* False where the header or question cannot be read. */
bool rz_dns_message_open(struct rz_dns_message *message, uint8_t *wire, size_t size);
/* Whether it is the reply to id and question; an error reply may leave out the question. */
bool rz_dns_message_replies(const struct rz_dns_message *message, uint16_t id, unsigned opcode,
                            const uint8_t *name, uint16_t type);

/* A record read: names lower case and uncompressed, in the scratch memory. */
struct rz_dns_record {
    knot_rrset_t rrset;
    unsigned section;
    size_t at; /* where it began */
};
/* RZ_OK: `record` is the next. RZ_NOT_FOUND: there is none. RZ_INVALID: malformed. */
enum rz_status rz_dns_message_next(struct rz_dns_message *message, struct rz_dns_scratch *scratch,
                                   struct rz_dns_record *record);
/* RDATA of a record in canonical form; false where malformed. */
bool rz_dns_record_rdata(const struct rz_dns_record *record, struct rz_rdata *rdata);

/* A message being written. Owners are compressed against the question's name, which is the zone. */
struct rz_dns_writer {
    uint8_t *wire;
    size_t size, capacity;
    const uint8_t *apex, *owner; /* owner last written */
    size_t owner_at;
    bool overflow; /* something did not fit; the message is of no use */
};
void rz_dns_writer_begin(struct rz_dns_writer *writer, uint8_t *wire, size_t capacity, uint16_t id,
                         unsigned opcode, const uint8_t *name, uint16_t type);
/* Adds a record and counts it in `section` (1 answer/prerequisite, 2 authority/update, 3 additional). */
void rz_dns_writer_record(struct rz_dns_writer *writer, unsigned section, const uint8_t *owner,
                          uint16_t type, uint16_t class, uint32_t ttl, const uint8_t *rdata,
                          uint16_t size);
uint16_t rz_dns_random_id(const struct rz_dns_peer *peer);

/* ---- dns_tsig.c ---- */

#define RZ_TSIG_MAC_MAX 64

/* One exchange: a request and the messages of its reply. All zero but for the key is its start. */
struct rz_tsig_session {
    const struct rz_tsig_key *key; /* NULL: nothing is signed nor checked */
    uint8_t mac[RZ_TSIG_MAC_MAX];  /* of the request, then of the last signed message */
    size_t mac_size;
    uint64_t time_signed;
    bool started; /* a signed message of the reply was seen */
    unsigned unsigned_count;
    struct rz_buffer pending; /* unsigned messages since the last signed one */
};
enum rz_tsig_result {
    RZ_TSIG_GOOD,
    RZ_TSIG_UNSIGNED, /* no TSIG; in a transfer fine between signed messages */
    RZ_TSIG_BAD_KEY,
    RZ_TSIG_BAD_SIGNATURE,
    RZ_TSIG_BAD_TIME, /* the server said so of the request */
    RZ_TSIG_FORGED,   /* the reply's signature is wrong, misplaced or stale */
};
/* Octets a TSIG record takes at most. */
size_t rz_tsig_size(const struct rz_tsig_key *key);
/* Signs the request; false where it does not fit. Nothing without a key. */
bool rz_tsig_sign(struct rz_tsig_session *session, uint8_t *wire, size_t *size, size_t capacity);
/* Checks one message of the reply, and takes the TSIG off it (size, additional count). `tsig` is its
 * last record if that is a TSIG, else NULL. */
enum rz_tsig_result rz_tsig_check(struct rz_tsig_session *session, struct rz_dns_message *message,
                                  const struct rz_dns_record *tsig);
/* The same for a message of which no record was read: `message` is unchanged where it is malformed,
 * which is RZ_TSIG_FORGED. Its records can be read afterwards. */
enum rz_tsig_result rz_tsig_check_message(struct rz_tsig_session *session,
                                          struct rz_dns_message *message,
                                          struct rz_dns_scratch *scratch);
void rz_tsig_session_free(struct rz_tsig_session *session);
/* Makes the diagnostic for a result that is not good. `doing` is a verb phrase. Returns RZ_AUTH. */
enum rz_status rz_tsig_report(enum rz_tsig_result result, const struct rz_dns_peer *peer,
                              const char *doing, struct rz_diags *diags);

/* ---- dns_exchange.c ---- */

/* One request over TCP and its only reply. */
struct rz_dns_exchange {
    const struct rz_dns_peer *peer;
    enum rz_dns_patience patience;
    struct rz_diags *diags;
    struct rz_dns_stream stream;
    struct rz_tsig_session tsig;
    struct rz_dns_scratch *scratch;
    struct rz_dns_message reply;
    enum rz_tsig_result trust;
    bool sent; /* the whole request went out */
};
void rz_dns_exchange_init(struct rz_dns_exchange *exchange, const struct rz_dns_peer *peer,
                          enum rz_dns_patience patience, struct rz_diags *diags);
/* Signs and sends what `writer` made, and reads the reply. RZ_OK: `reply` answers the request, and
 * `trust` is RZ_TSIG_GOOD (signed, or there is no key) or says what is wrong with the signature. */
enum rz_status rz_dns_exchange_run(struct rz_dns_exchange *exchange, struct rz_dns_writer *writer,
                                   unsigned opcode, const uint8_t *name, uint16_t type);
void rz_dns_exchange_free(struct rz_dns_exchange *exchange);

/* What an SOA question says of a server. */
struct rz_dns_soa_reply {
    bool authoritative; /* AA, and the SOA of the name itself */
    bool trusted;       /* signed by the key, or there is none */
    unsigned rcode;
    struct rz_rrset *soa; /* in the arena; NULL: none */
};
enum rz_status rz_dns_ask_soa(const struct rz_dns_peer *peer, const uint8_t *apex,
                              enum rz_dns_patience patience, struct rz_arena *arena,
                              struct rz_dns_soa_reply *reply, struct rz_diags *diags);

#endif
