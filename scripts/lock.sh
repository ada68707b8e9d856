#!/bin/sh
# Compile pyproject.toml's dependencies into pinned, hashed files that name no index, for every platform.
set -eu
cd "$(dirname "$0")/.."

compile() {
    .venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url "$@" pyproject.toml
}

compile -o requirements/base.txt
compile --group dev -c requirements/base.txt -o requirements/dev.txt
