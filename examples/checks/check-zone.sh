#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check-zone.sh ZONE: the file that the name server would read has an SOA, and is not half written.
set -eu
file="live/$1.zone"
grep -q 'SOA' "$file" || { echo "$file has no SOA"; exit 1; }
test -z "$(tail -c 1 "$file")" || { echo "$file does not end in a line end"; exit 1; }
