/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension of providers that log in: what `rezone auth` and `rezone health` ask of them. */
#ifndef RZ_SESSION_H
#define RZ_SESSION_H

#include "provider.h"

struct rz_session_state {
    const char *server;  /* base URL; borrowed from the provider */
    const char *account; /* user name; borrowed */
    const char *method;  /* "JWT", "BASIC" */
    const char *store;   /* file of the token; NULL: none */
    bool logged_in;      /* a token is at hand that has not expired; always with BASIC */
    bool can_refresh;    /* a refresh token is at hand */
    bool signature_checked;
    int64_t issued, expires; /* by this machine's clock; 0: not known */
};

/* One look at the server. */
struct rz_session_health {
    bool encrypted, verified; /* TLS; its certificate was checked */
    int64_t connect_ms;       /* the first request, with the connection */
    int64_t request_ms;       /* another one on the same connection */
    bool has_skew;
    int64_t skew; /* seconds that the server's clock is ahead */
    size_t zones;
};

struct rz_session_ops {
    /* Without network: what the token file holds. */
    enum rz_status (*status)(struct rz_provider *provider, struct rz_session_state *state,
                             struct rz_diags *diags);
    /* A new token by password, whatever there was. RZ_AUTH: refused. */
    enum rz_status (*login)(struct rz_provider *provider, struct rz_diags *diags);
    /* A new token by the refresh token, by password where there is none or it is refused. */
    enum rz_status (*refresh)(struct rz_provider *provider, struct rz_diags *diags);
    /* Ends the session at the server and removes the token file. */
    enum rz_status (*logout)(struct rz_provider *provider, struct rz_diags *diags);
    /* Asks the server for the account and the zones. */
    enum rz_status (*health)(struct rz_provider *provider, struct rz_session_health *health,
                             struct rz_diags *diags);
};

#endif
