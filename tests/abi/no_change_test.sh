#!/bin/sh
# no_change_test.sh BASELINE LIBRARY INCLUDE
#
# The ABI is that of the baseline. A change at the end of a struct, with a new
# minor, is a new baseline beside the old one, which then has to stay compatible:
#   abidw --no-corpus-path --no-comp-dir-path --no-show-locs LIBRARY
# 77 = abidiff is not installed; ./deploy/test installs it.
set -u
command -v abidiff >/dev/null || { echo "abidiff is not installed"; exit 77; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

abidiff --no-show-locs "$1" "$2" ||
  { echo "the ABI is not that of $1" >&2; exit 1; }

# That the comparison sees what it is there for: a member that moved, and a
# number that changed its meaning.
differs() {
  mkdir -p "$scratch/plugins/sdk"
  sed "$2" "$3/plugins/sdk/adapter.h" >"$scratch/plugins/sdk/adapter.h"
  cmp -s "$3/plugins/sdk/adapter.h" "$scratch/plugins/sdk/adapter.h" &&
    { echo "nothing was changed by $2" >&2; exit 1; }
  cc -std=c11 -g -shared -fPIC -fvisibility=hidden -I"$scratch" \
    "$3/tests/abi/exposed.c" -o "$scratch/changed.so" || exit 1
  abidiff --no-show-locs "$1" "$scratch/changed.so" >/dev/null &&
    { echo "not noticed: $2" >&2; exit 1; }
  return 0
}
differs "$1" 's/^  uint64_t max_cells;$//' "$3"
differs "$1" 's/COLLATE_STATE_SUPPRESSED = 3/COLLATE_STATE_SUPPRESSED = 30/' "$3"
