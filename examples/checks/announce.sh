#!/bin/sh
# One line of JSON a run.
cat >>announced.jsonl
echo >>announced.jsonl
