#!/bin/sh
# Make .venv as requirements/dev.txt says; do nothing when it already is so.
set -eu
cd "$(dirname "$0")/.."

stamp=".venv/.requirements"
wanted=$(cksum < requirements/dev.txt)
if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

is_new_enough() {
    command -v "$1" > /dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null
}

python=""
for candidate in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
    if is_new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed; $(python3 --version 2>&1 || echo 'python3 is not installed')." >&2
    echo "Name another with: make PYTHON=/path/to/python3.11 ..." >&2
    exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2> /dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python's venv module is missing. On Debian and Ubuntu it comes with:" >&2
    echo "    sudo apt-get install python$version-venv" >&2
    exit 1
fi

echo "Installing the dependencies into .venv (once; a minute or two) ..."
if ! .venv/bin/python -c 'import pip' 2> /dev/null; then
    "$python" -m venv --clear .venv
fi
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements/dev.txt
echo "$wanted" > "$stamp"
