#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One round: fetches the branch, checks it, applies it, looks for drift.
set -eu
branch=${DNS_BRANCH:-main}
[ -d "$DNS_CHECKOUT/.git" ] || git clone -q --branch "$branch" "$DNS_REPOSITORY" "$DNS_CHECKOUT"
cd "$DNS_CHECKOUT"
git fetch -q origin "$branch"
git reset -q --hard FETCH_HEAD
rezone validate -q
code=0
rezone plan -q -o .rezone-plan.json || code=$?
[ $code -eq 0 ] || [ $code -eq 2 ] || exit $code
if [ $code -eq 2 ]; then
    rezone ci gate .rezone-plan.json
    rezone apply .rezone-plan.json --yes
fi
rezone drift
