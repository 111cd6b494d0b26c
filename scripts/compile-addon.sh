#!/bin/sh
# Compiles a native addon for the pinned Node with its own headers: compile-addon.sh OUTPUT [COMPILER ARGUMENT ...] SOURCE ...
#
# The compiler is called directly, because node-gyp depends on who packaged it: Debian's links every addon with Debian's
# libnode, and a second V8 in the process crashes the pinned Node.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
output=$1
shift
headers=
for directory in "$root"/node_modules/node-linux-*/include/node; do
  if [ -f "$directory/node_api.h" ]; then headers=$directory; fi
done
if [ -z "$headers" ]; then
  echo "compile-addon: the pinned Node is not installed: run 'npm run setup' in $root" >&2
  exit 1
fi
mkdir -p "$(dirname -- "$output")"
# Written beside the target and renamed: a process that has the old one mapped keeps it.
trap 'rm -f "$output.new"' EXIT
"${CXX:-g++}" -shared -fPIC -pthread -O2 -fno-strict-aliasing \
  -DBUILDING_NODE_EXTENSION -DUSING_UV_SHARED=1 -DUSING_V8_SHARED=1 -D_FILE_OFFSET_BITS=64 -D_LARGEFILE_SOURCE \
  -isystem "$headers" -o "$output.new" "$@"
mv -f "$output.new" "$output"
