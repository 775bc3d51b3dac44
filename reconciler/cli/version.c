/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version, set by the build. */
#include "cli/version.h"

const char rz_version[] = RZ_VERSION;
