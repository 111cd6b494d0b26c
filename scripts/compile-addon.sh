#!/bin/sh
# Compiles a native addon for the pinned Node with its own headers:
#   compile-addon.sh OUTPUT [COMPILER ARGUMENT | HEADER.h | -lLIBRARY] ... SOURCE.cc ...
# As many sources at a time as there are processors. A header that most of them include, and that takes longer than what is in
# them, is compiled once.
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
objects=$(mktemp -d "$output.XXXXXX")
# Written beside the target and renamed: a process that has the old one mapped keeps it.
trap 'rm -rf "$objects" "$output.new"' EXIT

header=
libraries=
for argument; do
  shift
  case $argument in
    *.cc) printf '%s\0' "$argument" >>"$objects/sources" ;;
    *.h) header=$argument ;;
    -l*) libraries="$libraries $argument" ;;
    *) set -- "$@" "$argument" ;;
  esac
done
compiler=${CXX:-g++}
set -- "$compiler" -fPIC -pthread -O2 -fno-strict-aliasing \
  -DBUILDING_NODE_EXTENSION -DUSING_UV_SHARED=1 -DUSING_V8_SHARED=1 -D_FILE_OFFSET_BITS=64 -D_LARGEFILE_SOURCE \
  -isystem "$headers" "$@"

common=$objects/common.h
if [ -n "$header" ]; then
  printf '#include <%s>\n' "$header" >"$common"
  "$@" -x c++-header -o "$common.gch" "$common"
fi
# shellcheck disable=SC2016 # expanded by the inner shell
xargs -0 -n 1 -P "$(nproc)" sh -c '
  objects=$1 common=$2 header=$3
  shift 3
  for source; do :; done
  if [ -n "$header" ] && grep -qF "#include <$header>" "$source"; then set -- "$@" -include "$common"; fi
  exec "$@" -c -o "$(mktemp "$objects/XXXXXX.o")"
' compile "$objects" "$common" "$header" "$@" <"$objects/sources"

# shellcheck disable=SC2086 # words on purpose
"$compiler" -shared -pthread -o "$output.new" "$objects"/*.o $libraries
mv -f "$output.new" "$output"
