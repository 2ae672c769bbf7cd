#!/bin/sh
# Builds the playground into app/pages/playground, from where the server serves it; does nothing when that has been done.
#
#   tools/playground.sh              what the server shows
#   tools/playground.sh --packages   only the packages that its checks and tests need
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
source=$root/playground
built=$root/app/pages/playground
cd "$root"

hash_of() {
    sha256sum "$@" | sha256sum | cut -d ' ' -f 1
}

# Everything that decides the build: no tests, nothing that is itself made.
hash_of_sources() {
    cd "$source"
    find . -type d \( -name node_modules -o -name coverage \) -prune -o -type f ! -name '*.test.ts' ! -name '*.test.tsx' ! -name '*.md' -print |
        LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1
}

# Installs what the lock names. "build" leaves out what only checks and tests need.
install() {
    wanted="$1 $(hash_of "$source/package.json" "$source/package-lock.json")"
    have=$(cat "$source/node_modules/.stamp" 2>/dev/null || true)
    [ "$have" != "$wanted" ] && [ "$have" != "all ${wanted#* }" ] || return 0
    echo "playground: installing its packages" >&2
    omit=
    [ "$1" = all ] || omit=--omit=dev
    # No package runs scripts of its own here.
    (cd "$source" && "$root/tools/node.sh" npm ci --ignore-scripts --loglevel=error $omit >&2)
    echo "$wanted" >"$source/node_modules/.stamp"
}

if [ "${1:-}" = --packages ]; then
    install all
    exit 0
fi

wanted=$(hash_of_sources)
if [ -f "$built/index.html" ] && [ "$(cat "$built/.stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
install build
echo "playground: building" >&2
rm -rf "$built"
(cd "$source" && "$root/tools/node.sh" node node_modules/vite/bin/vite.js build --logLevel warn)
echo "$wanted" >"$built/.stamp"
