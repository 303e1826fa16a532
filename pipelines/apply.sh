#!/usr/bin/env bash
# After a merge: carry out exactly the plans that were merged, one after the other. What was reviewed is what is done.
#
# Needs HEROKU_API_KEY and RECONCILE_STATE_URL, and no other secret.
#
#   RECONCILE_BEFORE        the commit before the merge: the plan files that were added since are applied
#                           and refused when they were made for another desired state than the one that was merged
#   RECONCILE_FILES         plan files to apply instead, one a line: to go on with one that was not finished
#   RECONCILE_WAIT          how long to wait in all, for all plans together (default: 5h); then exit 3, run it again
#   RECONCILE_RETIRE=true   let plans destroy what was replaced earlier; without it those that were merged are left
#   RECONCILE_STATE_IS_KEPT=true   without a shared state: this runner keeps the folder .reconcile/ from run to run

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [ -z "${RECONCILE_STATE_URL:-}" ] && [ "${RECONCILE_STATE_IS_KEPT:-false}" != true ]; then
  say "There is no RECONCILE_STATE_URL: a run that is cut off could not be finished elsewhere. Nothing was changed."
  exit 1
fi

# Seconds, of a time such as 5h, 90m or 1h30m.
seconds_of() {
  [[ $1 =~ ^(([0-9]{1,5})d)?(([0-9]{1,6})h)?(([0-9]{1,7})m)?(([0-9]{1,9})s)?$ ]] && [ -n "$1" ] || return 1
  local d=${BASH_REMATCH[2]:-0} h=${BASH_REMATCH[4]:-0} m=${BASH_REMATCH[6]:-0} s=${BASH_REMATCH[8]:-0}
  echo $((((10#$d * 24 + 10#$h) * 60 + 10#$m) * 60 + 10#$s))
}

wait=${RECONCILE_WAIT:-5h}
if ! in_all=$(seconds_of "$wait"); then
  say "RECONCILE_WAIT must be a time such as 5h or 1h30m, not $wait. Nothing was changed."
  exit 1
fi

files=()
ways=()
if [ -n "${RECONCILE_FILES:-}" ]; then
  while IFS= read -r file; do
    [ -z "$file" ] || files+=("$file")
  done <<< "$RECONCILE_FILES"
else
  before=${RECONCILE_BEFORE:?the commit before the merge}
  if [[ $before =~ ^0+$ ]]; then
    say "This is the first push: nothing was reviewed, and nothing is applied. To apply a plan of it, name it: RECONCILE_FILES."
    exit 0
  fi
  if ! git cat-file -e "$before^{commit}" 2> /dev/null; then
    say "The commit before the merge is not there: check out the whole history (fetch-depth: 0). Nothing was changed."
    exit 1
  fi
  while IFS= read -r -d '' file; do
    if [ "${RECONCILE_RETIRE:-false}" != true ] && destroys "$file"; then
      say "$file destroys databases, which a merge never does. Run this by hand with this file and retire: true."
    else
      files+=("$file")
    fi
  done < <(plans_since "$before" A)
  ways+=(--as-desired)
fi

if [ "${#files[@]}" = 0 ]; then
  say "No plan was merged that a merge applies."
  exit 0
fi

[ "${RECONCILE_RETIRE:-false}" != true ] || ways+=(--retire)

worst=0
for file in "${files[@]}"; do
  say "== $file"
  code=0
  left=$((in_all - SECONDS))
  if [ "$left" -gt 0 ]; then
    "$reconcile" apply --desired "$desired" --auto-approve --wait "${left}s" ${ways[@]+"${ways[@]}"} -- "$file" < /dev/null || code=$?
  else
    say "Not begun: the time for this run ($wait) is over."
    code=3
  fi
  # Failed comes before stale, and stale before in progress; each plan gets its turn whatever became of the others.
  case "$code:$worst" in
    0:* | *:1) ;;
    3:0 | 4:0 | 4:3 | 5:0 | 5:3 | 5:4) worst=$code ;;
    3:* | 4:* | 5:*) ;;
    *) worst=1 ;;
  esac
done
[ "$worst" != 3 ] || say "Not finished yet: what is closed, if anything, stands above. Run this again at once."
exit "$worst"
