#!/usr/bin/env bash
# Fuzzes every target of the module: fuzz.sh TIME
# A failing input is left in the package's testdata/fuzz, where every later go test tries it again.
#
# As many targets as there are processors run side by side, with one worker each: half of a target's time is spent on linking it and
# on trying what is known, which is done by one thread.
set -euo pipefail

export FUZZTIME=$1
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export LOGS=$logs

# fuzz FOLDER NAME. Go before 1.27 sometimes fails a target for no more than its time running out (go.dev/issue/75804): the target
# has then been fuzzed for all of it, which is a pass. Its message is this one alone, and no input was written.
fuzz() {
  local log="$LOGS/${1//\//.}.$2"
  if go test -vet off -ldflags=-w -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -parallel 1 -timeout 10m "./$1" >"$log" 2>&1; then
    printf '%s in %s: %s\n' "$2" "$1" "$(grep -o 'execs: [0-9]*' "$log" | tail -1)"
    return
  fi
  if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log"; then
    printf '%s in %s: all of its time\n' "$2" "$1"
    return
  fi
  printf '%s in %s failed\n' "$2" "$1"
  cat "$log"
  return 1
}
export -f fuzz

mapfile -t targets < <(
  go list -f '{{range .TestGoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}' ./... |
    xargs -r grep -HoE '^func Fuzz[A-Za-z0-9_]*' | sort
)
if [ ${#targets[@]} -eq 0 ]; then
  echo "no fuzz targets found" >&2
  exit 1
fi

for target in "${targets[@]}"; do
  printf '%s\n%s\n' "$(realpath --relative-to=. "$(dirname "${target%%:*}")")" "${target##*func }"
done | xargs -n 2 -P "$(nproc)" bash -euo pipefail -c 'fuzz "$0" "$1"'
echo "fuzz targets: ${#targets[@]}, $FUZZTIME each"
