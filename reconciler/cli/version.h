/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RZ_CLI_VERSION_H
#define RZ_CLI_VERSION_H

/* "0.1.0", or what `git describe` says of a tagged checkout. */
extern const char rz_version[];

#endif
