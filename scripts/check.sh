#!/bin/sh
# Everything that judges the code without running its tests. Runs all of it, then names what failed.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python
failed=""

step() {
    name=$1
    shift
    printf '== %s\n' "$name"
    if ! "$@"; then
        failed="$failed, $name"
    fi
}

# mypy's Django plugin reads the settings; with addresses given it starts no server for that.
types() {
    DATABASE_URL=postgresql://types@127.0.0.1/types REDIS_URL=redis://127.0.0.1:6379/0 "$python" -m mypy
}

templates() {
    git ls-files -z --cached --others --exclude-standard '*.html' ':!stripe_sandbox' |
        xargs -0 .venv/bin/djade --check --target-version 5.2
}

imports() {
    "$python" -c 'from importlinter.cli import lint_imports_command as run; run()'
}

# As in production: every secret given, none of them real, nothing connected to.
deployment() {
    env -u DEBUG \
        PROMPTFAIR_ENV=production PUBLIC_URL=https://promptfair.example \
        SECRET_KEY="$("$python" -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        DATABASE_URL=postgresql://app@127.0.0.1/promptfair REDIS_URL=redis://127.0.0.1:6379/0 \
        EMAIL_URL=smtp://127.0.0.1:25 DEFAULT_FROM_EMAIL=hello@promptfair.example \
        STRIPE_SECRET_KEY=sk_test_check STRIPE_WEBHOOK_SECRET=whsec_check STRIPE_CONNECT_WEBHOOK_SECRET=whsec_check \
        "$python" manage.py check --deploy --fail-level WARNING
}

# Where no index of advisories can be asked there is nothing to fail on: said, not hidden.
vulnerabilities() {
    report=$("$python" -m pip_audit --progress-spinner off --timeout 15 --disable-pip --require-hashes \
        -r requirements/base.txt 2>&1)
    code=$?
    unknown=$(echo "$report" | grep -c 'could not be audited')
    if [ "$unknown" -gt 0 ]; then
        echo "$unknown packages are unknown to the index of advisories that can be reached from here."
    elif [ $code -ne 0 ] && echo "$report" | grep -qE 'Connection|Max retries|[Tt]imed? ?out|HTTPError|resolve'; then
        echo "Skipped: no index of advisories can be reached from here."
        return 0
    fi
    [ $code -eq 0 ] || echo "$report"
    return $code
}

# Its cache takes a file for clean that was judged beside other packages.
step "ruff check" "$python" -m ruff check --no-cache .
step "ruff format" "$python" -m ruff format --check .
step "mypy" types
step "djade" templates
step "import-linter" imports
step "migrations" "$python" manage.py makemigrations --check --dry-run
step "deployment settings" deployment
step "pip-audit" vulnerabilities

if [ -n "$failed" ]; then
    printf '\nFailed: %s\n' "${failed#, }" >&2
    exit 1
fi
printf '\nAll checks pass.\n'
