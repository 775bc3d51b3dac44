/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An RRset's TTL and records as octets that do not depend on the machine: what the journal keeps. */
#ifndef RZ_JOURNAL_RRSET_IMAGE_H
#define RZ_JOURNAL_RRSET_IMAGE_H

#include "dns/rrset.h"

/* Octets of the image. */
size_t rz_rrset_image_size(const struct rz_rrset *rrset);
/* Appends TTL (4 octets, big-endian), then each record's length (2 octets) and RDATA. */
void rz_rrset_image_write(struct rz_buffer *out, const struct rz_rrset *rrset);
/* Fills `rrset`; its records live in `arena`, its owner is borrowed. False where damaged. */
bool rz_rrset_image_read(struct rz_rrset *rrset, struct rz_arena *arena, const uint8_t *owner,
                         uint16_t type, const void *image, size_t size);

#endif
