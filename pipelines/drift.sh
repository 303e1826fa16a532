#!/usr/bin/env bash
# On a schedule: look whether the live databases are as desired. Only reads.
#
# Needs HEROKU_API_KEY and no other secret. Leaves drift.json in $RECONCILE_OUT for comment.sh.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rm -rf "$out"
mkdir -p "$out"

code=0
"$reconcile" drift "$desired" --format json > "$out/drift.tmp" || code=$?
if [ "$code" -le 2 ] && [ -s "$out/drift.tmp" ]; then
  mv "$out/drift.tmp" "$out/drift.json"
  python3 -I -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1]))["totals"]))' "$out/drift.json"
fi
[ "$code" != 2 ] || code=0 # the issue says so; a pipeline that fails each night is not read any more
echo "$code" > "$out/code"
