/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished zone as octets that can be mapped and used, for caches on this machine. */
#ifndef RZ_DNS_ZONE_IMAGE_H
#define RZ_DNS_ZONE_IMAGE_H

#include "dns/zone.h"

/* Appends the image. `key` is kept in it, so that a file under a wrong name is noticed. False for a
 * zone that an image cannot hold (4 GiB of names and RDATA). */
bool rz_zone_image_write(struct rz_buffer *out, const struct rz_zone *zone, struct rz_hash key);

/* Makes a zone of an image, which must stay where it is as long as the zone: RRsets point into it.
 * False, with nothing made, unless every octet is as it was written by this build of rezone for this
 * key. The image is not trusted further than its checksum. */
bool rz_zone_image_read(struct rz_zone *zone, struct rz_str image, struct rz_hash key);

#endif
