#!/usr/bin/env bash
# Writes concierge.pgo, by which the compiler decides what to inline and which calls to make direct: the profiles of the program under
# each load that the benchmark puts on it, in equal parts. bin/concierge and bin/bench must be there.
set -euo pipefail
cd "$(dirname "$0")/.."

loads=(concierge concierge-sharing concierge-raw concierge-filtered concierge-cached concierge-shared concierge-cached-raw concierge-cached-filtered)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for load in "${loads[@]}"; do
  echo "$load"
  ONLY="^$load\$" ROUNDS=1 DUR=1s CONNS=64 PROFILE="$folder/$load" bin/bench/runner -concierge bin/concierge >"$folder/said" ||
    { cat "$folder/said" >&2; exit 1; }
done
rm "$folder/said"
go tool pprof -proto "$folder"/* 2>/dev/null >"$folder.pgo"
mv "$folder.pgo" concierge.pgo
