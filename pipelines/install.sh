#!/usr/bin/env bash
# Install reconcile into an environment of its own; the command is then FOLDER/bin/reconcile.
# Every library is exactly the file whose hash stands in requirements.txt, and nothing else is fetched.
#
#   install.sh FOLDER

set -euo pipefail

into=${1:?the folder of the environment}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# -I: no file of the current folder is taken for a module.
python3 -I -m venv "$into"
pip() { "$into/bin/python" -I -m pip --quiet --disable-pip-version-check "$@"; }
pip install --require-hashes --only-binary :all: --requirement "$here/requirements.txt"
pip install --no-deps --no-build-isolation "$here/.."
