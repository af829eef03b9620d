#!/bin/sh
# usage: _land.sh tests...
set -e
cd /work/wt/lists
git merge -q --no-edit main
nice ninja -C _build -j2 > _build/land.log 2>&1 || { grep -n "error\|FAILED" _build/land.log | head; exit 1; }
meson test -C _build --no-rebuild translations layers "$@" > _build/land-test.log 2>&1 || { grep -E "FAIL|TIMEOUT|ERROR" _build/land-test.log; tail -12 _build/land-test.log; exit 1; }
tail -9 _build/land-test.log | head -3
flock /work/merge.lock sh -c 'test -z "$(git -C /work/main status --short)" && git -C /work/main merge -q --no-edit lists' && git -C /work/main log --oneline -1
