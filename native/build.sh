#!/bin/sh
# Builds the addon for the pinned Node, the starter and the planner. Does nothing for what is newer than its sources.
# Quiet on success; on failure the compiler's whole output goes to standard error.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/.." && pwd)
addon="$here/build/Release/relived_native.node"

# Without the dynamic loader a start of it is a fraction of one of sh; where there is no static C library it needs that.
starter="$here/build/Release/relived-starter"
if [ ! -f "$starter" ] || [ -n "$(find "$here/build.sh" "$here/starter" -newer "$starter" -print -quit)" ]; then
  mkdir -p "$(dirname -- "$starter")"
  set -- -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -s -Wall -Wextra -Werror -o "$starter.new" "$here"/starter/*.c
  "${CC:-gcc}" -static "$@" 2>"$starter.log" || "${CC:-gcc}" "$@" || { cat "$starter.log" >&2 && exit 1; }
  rm -f "$starter.log"
  mv -f "$starter.new" "$starter"
fi

# It takes as long as the addon, and is built beside it.
sh "$here/planner/build.sh" &
planner=$!

if [ -f "$addon" ]; then
  stale=
  for source in "$here/build.sh" "$here"/src/*.* "$here"/src/heartbeat/* "$root"/node_modules/node-linux-*/include/node/node_version.h; do
    if [ "$source" -nt "$addon" ]; then stale=$source; fi
  done
  if [ -z "$stale" ]; then
    wait "$planner"
    exit
  fi
fi

sh "$root/scripts/compile-addon.sh" "$addon" -std=c++20 -Wall -Wextra -Werror \
  -DNODE_GYP_MODULE_NAME=relived_native -DNAPI_VERSION=9 -DNAPI_CPP_EXCEPTIONS \
  -isystem "$root/node_modules/node-addon-api" napi.h "$here"/src/*.cc "$here"/src/heartbeat/*.cc -lpcre2-8
wait "$planner"
