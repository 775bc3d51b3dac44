/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Failed requests in words: which server, what happened, the way out. */
#include "transport/http_internal.h"

struct explanation {
    CURLcode result;
    enum rz_code code;
    const char *what, *hint;
};

/* Ends in a row with result CURLE_OK, which stands for all others. */
static const struct explanation explanations[] = {
    {CURLE_COULDNT_RESOLVE_HOST, RZ3003, "its name cannot be resolved",
     "check the host in `url` and this machine's resolver"},
    {CURLE_COULDNT_RESOLVE_PROXY, RZ3003, "the proxy's name cannot be resolved",
     "check http_proxy, https_proxy and no_proxy in the environment"},
    {CURLE_COULDNT_CONNECT, RZ3003, "no connection",
     "check that the server runs, listens at this address and port, and is not behind a firewall"},
    {CURLE_PEER_FAILED_VERIFICATION, RZ3004, "its certificate is not trusted",
     "name the CA's certificates in `ca_file`, or the host as the certificate does in `url`"},
    {CURLE_SSL_CONNECT_ERROR, RZ3004, "no TLS connection",
     "check that the server speaks TLS 1.2 or later at this port; write http:// if it has no TLS"},
    {CURLE_SSL_CACERT_BADFILE, RZ3004, "the CA certificates cannot be read",
     "name a file of certificates in PEM form in `ca_file`"},
    {CURLE_OPERATION_TIMEDOUT, RZ3005, "no reply in time",
     "check that the server is well, or raise `timeout`"},
    {CURLE_GOT_NOTHING, RZ3006, "it closed the connection without a reply",
     "check that `url` has the port of its HTTP API, and look into its log whether it lets this "
     "machine's address in"},
    {CURLE_RECV_ERROR, RZ3006, "the connection broke",
     "look into its log, and check that it lets this machine's address in"},
    {CURLE_SEND_ERROR, RZ3006, "the connection broke",
     "look into its log, and check that it lets this machine's address in"},
    {CURLE_PARTIAL_FILE, RZ3006, "the reply ended before its time", "look into the server's log"},
    {CURLE_OK, RZ3006, "its reply is no HTTP that can be read",
     "check that `url` names an HTTP API"},
};

static const struct explanation *find(CURLcode result)
{
    const struct explanation *row = explanations;
    while (row->result != CURLE_OK && row->result != result)
        row++;
    return row;
}

/* "GET http://127.0.0.1:8081/api/v1/x: what (detail)" */
static struct rz_diag *add(const struct rz_http_attempt *attempt, struct rz_diags *diags,
                           enum rz_code code, const char *what, const char *detail)
{
    RZ_BUFFER_CLEANUP struct rz_buffer redacted = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_secret_redact(&redacted, rz_str_of(detail));
    rz_buffer_visible(&shown, rz_str_trim(rz_buffer_view(&redacted)));
    const char *open = shown.size ? " (" : "", *close = shown.size ? ")" : "";
    return rz_diags_add(diags, code, rz_place_named(attempt->client->base), "%s %s: %s%s%s%s",
                        attempt->request->method, rz_http_shown_path(attempt), what, open,
                        rz_buffer_view(&shown).data, close);
}

static enum rz_status explain_limit(const struct rz_http_attempt *attempt, struct rz_diags *diags)
{
    struct rz_diag *diag;
    if (attempt->header_limit) {
        diag = add(attempt, diags, RZ3007, "the headers of the reply pass 256 KiB", "");
        rz_diag_hint(diags, diag, "check that `url` names the API");
    } else {
        diag = add(attempt, diags, RZ3007, "the reply is too large", "");
        rz_diag_hint(diags, diag, "it passes %zu octets; check that `url` names the API",
                     attempt->client->response_limit);
    }
    return RZ_LIMIT;
}

enum rz_status rz_http_explain(const struct rz_http_attempt *attempt, struct rz_diags *diags)
{
    const struct explanation *row = find(attempt->result);
    const char *message = attempt->message[0] ? attempt->message
                                              : curl_easy_strerror(attempt->result);
    bool unknown = !attempt->request->idempotent && attempt->sent;
    if (unknown) {
        const char *what = attempt->cancelled ? "stopped before its reply came" : row->what;
        struct rz_diag *diag = add(attempt, diags, RZ3008, what, attempt->cancelled ? "" : message);
        rz_diag_hint(diags, diag,
                     "the request was sent and may have been carried out: read back what is there");
        return RZ_UNKNOWN;
    }
    if (attempt->cancelled) {
        add(attempt, diags, RZ3009, "stopped", "");
        return RZ_CANCELLED;
    }
    if (attempt->over_limit || attempt->header_limit)
        return explain_limit(attempt, diags);
    struct rz_diag *diag = add(attempt, diags, row->code, row->what, message);
    rz_diag_hint(diags, diag, "%s", row->hint);
    return RZ_NETWORK;
}
