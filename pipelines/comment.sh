#!/usr/bin/env bash
# After plan.sh or drift.sh: post the result as one comment of the pull request, or as one issue.
#
# Needs the code host's token (GITHUB_TOKEN, or RECONCILE_GITLAB_TOKEN) and no other secret.
#
#   RECONCILE_ISSUE   the title of the issue for drift

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [ -f "$out/drift.json" ]; then
  "$reconcile" comment --name "$name" --issue "${RECONCILE_ISSUE:-Heroku Postgres has drifted}" "$out/drift.json"
elif [ -f "$out/failed.txt" ]; then
  "$reconcile" comment --name "$name" --message "$out/failed.txt"
elif [ -f "$out/posted" ]; then
  files=()
  while IFS= read -r -d '' file; do
    files+=("$file")
  done < "$out/posted"
  next=()
  [ ! -f "$out/next.txt" ] || next=(--next "$out/next.txt")
  "$reconcile" comment --name "$name" ${next[@]+"${next[@]}"} -- "${files[@]}"
else
  say "There is nothing to post."
fi
