#!/bin/sh
# Sees to it that there is a Chromium for tests/e2e: Debian's. KINDGRAPH_CHROMIUM names another.
set -eu

[ -z "${KINDGRAPH_CHROMIUM:-}" ] || exit 0
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "chromium: installing it" >&2
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    exit 0
fi
echo "chromium: not on PATH; on Debian: apt-get install chromium (or name one with KINDGRAPH_CHROMIUM=…)" >&2
exit 1
