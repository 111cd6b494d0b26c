#!/bin/sh
# Builds the addon for the pinned Node, the starter and the planner. Does nothing for what is newer than its sources.
# Quiet on success; on failure the compiler's whole output goes to standard error.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/.." && pwd)
addon="$here/build/Release/relived_native.node"

# It takes as long as the addon, and is built beside it.
sh "$here/starter/build.sh" &
starter=$!

if [ -f "$addon" ]; then
  stale=
  for source in "$here/build.sh" "$here"/src/*.* "$here"/src/heartbeat/* "$root"/node_modules/node-linux-*/include/node/node_version.h; do
    if [ "$source" -nt "$addon" ]; then stale=$source; fi
  done
  if [ -z "$stale" ]; then
    wait "$starter"
    exit
  fi
fi

sh "$root/scripts/compile-addon.sh" "$addon" -std=c++20 -Wall -Wextra -Werror \
  -DNODE_GYP_MODULE_NAME=relived_native -DNAPI_VERSION=9 -DNAPI_CPP_EXCEPTIONS \
  -isystem "$root/node_modules/node-addon-api" napi.h "$here"/src/*.cc "$here"/src/heartbeat/*.cc -lpcre2-8
wait "$starter"
