#!/bin/sh
# Makes .venv from a lock, with the project installed in it; does nothing when that has been done.
#
#   tools/setup.sh requirements.lock        what the server needs
#   tools/setup.sh requirements-dev.lock    and what the tests and checks need
set -eu

lock=$1
venv=.venv
python=${PYTHON:-python3}

fail() {
    echo "setup: $1" >&2
    exit 1
}

# Installs Debian packages where we may; elsewhere the caller says what is missing.
install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "setup: installing $*" >&2
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# What is installed depends on the lock, the project's metadata, the interpreter and the place (scripts name it).
stamp_of() {
    { pwd; "$venv/bin/python" -V; cat "$1" pyproject.toml; } 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

is_done() {
    [ -x "$venv/bin/kindgraph" ] && [ "$(cat "$venv/$1.stamp" 2>/dev/null)" = "$(stamp_of "$1")" ]
}

# What tests run of npm's. A lock of its own tells whether anything is to be done.
install_for_tests() {
    [ "$lock" != requirements-dev.lock ] || tools/node_modules.sh tests/transport/node
}

# The locks agree, and the one for development has all that the other has.
if is_done "$lock" || { [ "$lock" = requirements.lock ] && is_done requirements-dev.lock; }; then
    install_for_tests
    exit 0
fi

command -v "$python" >/dev/null || install_packages python3 python3-venv || fail "there is no $python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" -V) is too old: Python 3.11 or later is needed (name one with PYTHON=…)"

if ! "$venv/bin/python" -c '' 2>/dev/null || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv ||
        fail "this Python cannot make virtual environments; on Debian: apt-get install python3-venv"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

echo "setup: installing what $lock names" >&2
pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"
}
pip install --require-hashes --requirement "$lock"
rm -rf kindgraph.egg-info  # an old one would be found before what is installed, with the commands of its time
pip install --no-deps --no-build-isolation --editable .

# The mongod among the dependencies is linked to libcurl, which small systems lack.
mongod="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/fiftyone/db/bin/mongod"
if [ -x "$mongod" ] && ! "$mongod" --version >/dev/null 2>&1 && ! command -v mongod >/dev/null; then
    install_packages libcurl4 || echo "setup: the embedded mongod does not run; on Debian: apt-get install libcurl4" >&2
fi

# The tests walk README, which uses curl.
if [ "$lock" = requirements-dev.lock ] && ! command -v curl >/dev/null; then
    install_packages curl || echo "setup: the tests need curl; on Debian: apt-get install curl" >&2
fi

# They also start a PostgreSQL and a Redis of their own.
if [ "$lock" = requirements-dev.lock ] && ! tools/services.sh; then
    echo "setup: without PostgreSQL and Redis, their tests fail; on Debian: apt-get install postgresql redis-server" >&2
fi

stamp_of "$lock" >"$venv/$lock.stamp"
install_for_tests
