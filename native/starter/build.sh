#!/bin/sh
# Builds QuickJS, the starter and the planner with it (docs/adr/0026-planner.md). Does nothing for what is newer than its sources.
set -eu
native=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
here=$native/planner
engine=$(dirname -- "$native")/node_modules/qjsc/deps/quickjs_2021_03_27
output=$native/build/Release
library=$output/quickjs.a
mkdir -p "$output"

is_older() {
  [ ! -f "$1" ] || [ -n "$(find "$@" -newer "$1" -print -quit)" ]
}

# Its own flags; what compilers warn of in it is not ours to mend.
compile_part() {
  "${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE -DCONFIG_VERSION='"2021-03-27"' -DCONFIG_BIGNUM -O2 -fwrapv -w \
    -c "$engine/$1.c" -o "$objects/$1.o"
}
if is_older "$library" "$native/starter/build.sh" "$engine"; then
  objects=$(mktemp -d)
  trap 'rm -rf "$objects"' EXIT
  for part in quickjs libregexp libunicode cutils libbf; do compile_part "$part"; done
  rm -f "$library.new"
  ar rcs "$library.new" "$objects"/*.o
  mv -f "$library.new" "$library"
fi

# Code that was compiled is for this engine with these flags.
build=$(cat "$native/starter/build.sh" "$engine"/quickjs*.[ch] | sha256sum | cut -c 1-16)

# link PROGRAM SOURCE ...
# Without the dynamic loader a start of it is a fraction of one of sh; where there is no static C library it needs that.
link() {
  program=$output/$1
  shift
  set -- -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DBUILD="\"$build\"" -O2 -s -Wall -Wextra -Werror \
    -isystem "$engine" -o "$program.new" "$@" "$here/engine.c" "$here/host.c" "$library" -lm -lpthread
  "${CC:-gcc}" -static "$@" 2>"$program.log" || "${CC:-gcc}" "$@" || { cat "$program.log" >&2 && exit 1; }
  rm -f "$program.log"
  mv -f "$program.new" "$program"
}
if is_older "$output/relived-starter" "$library" "$here" "$native/starter"; then link relived-starter "$native"/starter/*.c; fi
if is_older "$output/relived-planner" "$library" "$here" "$native/starter/sha256.c" "$native/starter/build.sh"; then
  link relived-planner "$here/main.c" "$native/starter/sha256.c"
fi
