#!/bin/sh
# Runs the Node that package-lock.json pins, whatever Node the machine has.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
for node in "$root"/node_modules/node-linux-*/bin/node; do
  [ -x "$node" ] && exec "$node" "$@"
done
echo "relived: the pinned Node is not installed yet: run 'npm run setup' in $root" >&2
exit 1
