# What the scripts beside this file share; read by them, not run.
#
#   RECONCILE          the command (default: reconcile)
#   RECONCILE_DESIRED  where the desired state is (default: desired)
#   RECONCILE_PLANS    the folder of plans that are merged (default: plans)
#   RECONCILE_OUT      where results are kept from step to step (default: .reconcile-pipeline)
#   RECONCILE_NAME     what the comment or issue is known by (default: plan)
# shellcheck shell=bash disable=SC2034

set -euo pipefail

reconcile=${RECONCILE:-reconcile}
desired=${RECONCILE_DESIRED:-desired}
plans=${RECONCILE_PLANS:-plans}
out=${RECONCILE_OUT:-.reconcile-pipeline}
name=${RECONCILE_NAME:-plan}

say() { printf '%s\n' "$*" >&2; }

# The digest that a plan file says of itself, nothing when it says none; whether it is true, `reconcile` judges.
# -I, here and elsewhere: no file of the checkout is taken for a module of Python's.
digest_of() {
  python3 -I -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["digest"])' "$1" 2> /dev/null || true
}

# Whether a plan file says that it destroys anything; that nothing else is destroyed, `reconcile` sees to.
destroys() {
  python3 -I - "$1" 2> /dev/null << 'PYTHON'
import json, sys
plan = json.load(open(sys.argv[1], encoding="utf-8"))
kinds = {change["kind"] for database in plan["databases"] for change in database["changes"]}
sys.exit("retirement" not in kinds)
PYTHON
}

# Whether two files hold the same plan; when they were made takes no part.
same_plan() {
  python3 -I - "$1" "$2" 2> /dev/null << 'PYTHON'
import json, sys
one, other = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
sys.exit((one | {"made": None}) != (other | {"made": None}))
PYTHON
}

# The plan files that differ since a commit, each ended by a zero byte; which: `A` those that were added, `d` all there are.
plans_since() { git diff -z --name-only --no-renames --diff-filter="$2" "$1" HEAD -- "$plans/*.json"; }
