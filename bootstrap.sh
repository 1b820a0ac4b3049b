#!/usr/bin/env bash
# Builds .venv from the hash-locked requirements; a finished one is marked by .venv/.ok.
# `bootstrap.sh dev` adds the tools of `make test` and marks them by .venv/.ok-dev.
# Needs python3 (3.11 or newer). Uses uv when it is on PATH, otherwise pip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

LOCKS=(requirements.txt requirements-local.txt)
MARK=.venv/.ok
if [ "${1:-}" = dev ]; then
    LOCKS+=(requirements-dev.txt)
    MARK=.venv/.ok-dev
fi
say() { printf '[setup] %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local name
    for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    die "Python 3.11 or newer is needed; none was found. Install one, or name it: PYTHON=/path/to/python3 make demo"
}

# The mark is the checksum of the locks, so that a changed lock is installed at the next start.
wanted_mark() { cat "${LOCKS[@]}" | cksum; }

is_ready() {
    [ -e .venv/.ok ] && [ "$(cat "$MARK" 2>/dev/null)" = "$(wanted_mark)" ] && .venv/bin/python -c '' 2>/dev/null
}

build_with_uv() {
    uv venv --quiet --allow-existing --no-config --python "$1" .venv &&
        uv pip install --quiet --no-config --python .venv/bin/python --require-hashes "${REQUIREMENTS[@]}"
}

build_with_pip() {
    local options=(install -qq --disable-pip-version-check --no-input --require-hashes --prefer-binary)
    if "$1" -c 'import ensurepip' 2>/dev/null; then
        "$1" -m venv .venv
        .venv/bin/python -m pip "${options[@]}" "${REQUIREMENTS[@]}"
    elif "$1" -m pip --version >/dev/null 2>&1; then
        "$1" -m venv --without-pip .venv
        "$1" -m pip --python .venv/bin/python "${options[@]}" "${REQUIREMENTS[@]}"
    else
        die "This Python has neither venv nor pip. On Debian or Ubuntu: apt-get install python3-venv"
    fi
}

is_ready && exit 0

mkdir -p .local 2>/dev/null && [ -w .local ] || die "Cannot write to $PWD: run this as the owner of the folder."
# One builder at a time; a second one waits and then finds the work done.
exec 9>.local/setup.lock
if command -v flock >/dev/null; then flock 9; fi
is_ready && exit 0

python=$(find_python)
REQUIREMENTS=()
for lock in "${LOCKS[@]}"; do REQUIREMENTS+=(-r "$lock"); done
if [ -e .venv ] && { [ ! -e .venv/.ok ] || ! .venv/bin/python -c '' 2>/dev/null; }; then
    say "Found an unfinished .venv (an interrupted set-up?): building it anew."
    rm -rf .venv
fi
rm -f .venv/.ok .venv/.ok-dev
say "Installing the Python packages into .venv (about a minute, once) ..."
if ! { command -v uv >/dev/null && build_with_uv "$python"; }; then
    build_with_pip "$python"
fi
wanted_mark >"$MARK"
[ -e .venv/.ok ] || cat requirements.txt requirements-local.txt | cksum >.venv/.ok
say "Done."
