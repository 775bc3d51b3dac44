#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One line of JSON a run.
cat >>announced.jsonl
echo >>announced.jsonl
