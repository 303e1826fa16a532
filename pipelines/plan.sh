#!/usr/bin/env bash
# On a pull request: check the desired state, look at the live account, plan. Changes nothing.
#
# Needs HEROKU_API_KEY and no other secret; without it (the pull request of a fork) it only checks.
# Leaves in $RECONCILE_OUT, for comment.sh and verdict.sh: plan.json or failed.txt; next.txt, what is to be done now;
# posted, the plan files that the comment shows; and in `code` how it ended.
#
#   RECONCILE_BASE                   the commit that the pull request changes: what it adds to $RECONCILE_PLANS would be
#                                    applied once merged, and has to be what planning gives now
#   RECONCILE_NEEDS_PLAN_FILE=true   fail unless the plan is committed in $RECONCILE_PLANS; needs RECONCILE_BASE
#   RECONCILE_NEEDS_KEY=false        plan without a key, against the stand-in

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rm -rf "$out"
mkdir -p "$out"

# Runs a command, shows what it says, and keeps it in said.txt; sets `code`.
keeping() {
  code=0
  "$@" > "$out/said.txt" 2>&1 || code=$?
  cat "$out/said.txt"
}

ended() {
  echo "$1" > "$out/code"
  exit 0 # verdict.sh fails the pipeline, after the comment was posted
}

failed() {
  cp "$out/said.txt" "$out/failed.txt"
  ended "$1"
}

# Says it in the job's words and in the comment.
next() {
  say "$*"
  printf '%s\n' "$*" >> "$out/next.txt"
}

touched=()
base=${RECONCILE_BASE:-}
if [ -n "$base" ]; then
  if ! git cat-file -e "$base^{commit}" 2> /dev/null; then
    say "The commit that the pull request changes is not there: check out more of the history (fetch-depth: 2)."
    ended 1
  fi
  if git diff --quiet "$base" HEAD -- "$desired" "$plans"; then
    say "This pull request changes neither $desired nor $plans: nothing to plan."
    ended 0
  fi
  while IFS= read -r -d '' file; do
    touched+=("$file")
  done < <(plans_since "$base" d)
elif [ "${RECONCILE_NEEDS_PLAN_FILE:-false}" = true ]; then
  say "There is no RECONCILE_BASE, the commit that the pull request changes: which plans it adds cannot be seen."
  ended 1
fi

keeping "$reconcile" validate "$desired"
[ "$code" = 0 ] || failed "$code"

if [ -z "${HEROKU_API_KEY:-}" ] && [ "${RECONCILE_NEEDS_KEY:-true}" = true ]; then
  say "There is no HEROKU_API_KEY, as in the pull request of a fork: checked, but not planned."
  [ "${#touched[@]}" != 0 ] || ended 0
  say "It brings plans that its merge would apply, and nothing has compared them: ${touched[*]}"
  say "Somebody who may push takes it over to a branch of this repository."
  ended 1
fi

keeping "$reconcile" plan "$desired" --out "$out/plan.json" --detailed-exitcode
[ -f "$out/plan.json" ] || failed "$code"

digest=$(digest_of "$out/plan.json")
wanted=$plans/${digest:0:8}.json
changes=false
case "$code" in
  1) next "Some database is blocked or could not be read, as said above: this does not pass until that is mended." ;;
  2) changes=true code=0 ;;
esac

# What is posted is what is merged, by the name that a reader can type; without it, what was planned just now.
shown=$out/plan.json
if same_plan "$wanted" "$out/plan.json"; then
  shown=$wanted
fi
printf '%s\0' "$shown" > "$out/posted"

for file in ${touched[@]+"${touched[@]}"}; do
  if same_plan "$file" "$out/plan-retire.json"; then
    printf '%s\0' "$file" >> "$out/posted"
    next "$file destroys what was replaced. The merge does not apply it: once merged, run the apply by hand with this file and retire."
  elif [ "$shown" != "$wanted" ] || ! same_plan "$file" "$wanted"; then
    next "$file is not what planning gives now, and the merge would apply it. Take it away: git rm $(printf %q "$file")"
    code=1
  fi
done

if [ "$changes" = true ] && [ "$shown" = "$wanted" ]; then
  if [ -n "$base" ] && [ -z "$(git diff --name-only --no-renames --diff-filter=A "$base" HEAD -- "$wanted")" ]; then
    next "$wanted was merged before, so the merge does not apply it: once merged, run the apply by hand with this file."
  elif [ "$code" = 0 ]; then
    next "This pull request holds this plan, and planning gives it now. Approve the pull request and merge it: that applies it."
  fi
elif [ "$changes" = true ]; then
  next "This pull request does not hold its plan. Commit it: reconcile plan $desired --out $wanted"
  [ "${RECONCILE_NEEDS_PLAN_FILE:-false}" != true ] || code=1
fi
ended "$code"
