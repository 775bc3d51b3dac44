/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What making and checking signatures share. */
#ifndef RZ_DNSSEC_RRSIG_INTERNAL_H
#define RZ_DNSSEC_RRSIG_INTERNAL_H

#include "dnssec/rrsig.h"

#define RZ_RRSIG_HEAD 18 /* octets before the signer's name */

/* Appends what is signed: `head` octets of the RRSIG, up to and with the signer's name, and the RRset. */
void rz_rrsig_octets(struct rz_buffer *out, const struct rz_rrset *rrset, const uint8_t *rrsig,
                     size_t head);

#endif
