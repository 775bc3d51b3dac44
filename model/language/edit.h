/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits of a native zone document that leave every other octet as it is: one RRset gets the value it has
 * live. Who edits proves the result by loading it, and takes the next way where it is not what was
 * meant: the layers of templates, aliases and merge keys are not understood here. */
#ifndef RZ_LANGUAGE_EDIT_H
#define RZ_LANGUAGE_EDIT_H

#include "dns/rrset.h"
#include "support/buffer.h"

/* Ways to say it, in the order to try. */
enum rz_edit_way {
    RZ_EDIT_IN_PLACE,     /* values and TTL where they stand; of a deleted RRset its lines go */
    RZ_EDIT_REPLACE,      /* the whole value, the TTL as around it; deleted: `null` */
    RZ_EDIT_REPLACE_TTL,  /* the same with a TTL of its own */
    RZ_EDIT_OVERRIDE,     /* a new entry under `records:`; deleted: `null` */
    RZ_EDIT_OVERRIDE_TTL, /* the same with a TTL of its own */
    RZ_EDIT_WAYS
};

struct rz_edit {
    struct rz_name apex;
    const uint8_t *owner;
    uint16_t type;
    const struct rz_rrset *was; /* as the document gives it, from wherever; NULL: not */
    const struct rz_rrset *is;  /* as it shall be; NULL: not */
};

/* Appends the document with the edit made in this way. False, nothing appended: the way does not lead
 * there, and `*why` (never NULL) is a sentence part. */
bool rz_zone_document_edit(struct rz_buffer *out, struct rz_str text, const struct rz_edit *edit,
                           enum rz_edit_way way, const char **why);

#endif
