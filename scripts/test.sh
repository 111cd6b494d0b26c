#!/bin/sh
# npm test: the whole suite; arguments go to vitest (npm test -- test/netns).
set -e
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/scripts/setup.sh" --quiet
cd "$root"
exec sh scripts/node.sh node_modules/vitest/vitest.mjs run "$@"
