#!/usr/bin/env bash
# Fuzzes every target of the module in turn: fuzz.sh TIME
# A failing input is left in the package's testdata/fuzz, where every later go test tries it again.
set -euo pipefail

time=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fuzz() {
  go test -run '^$' -fuzz "^$1\$" -fuzztime "$time" -timeout 10m "./$2" 2>&1 | tee "$log"
}

# Go before 1.27 sometimes fails a target for no more than its time running out (go.dev/issue/75804): the target has then
# been fuzzed for all of it, which is a pass. Its message is this one alone, and no input was written.
ran_out() {
  grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log"
}

mapfile -t targets < <(
  go list -f '{{range .TestGoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}' ./... |
    xargs -r grep -HoE '^func Fuzz[A-Za-z0-9_]*' | sort
)
if [ ${#targets[@]} -eq 0 ]; then
  echo "no fuzz targets found" >&2
  exit 1
fi

for target in "${targets[@]}"; do
  file=${target%%:*}
  folder=$(realpath --relative-to=. "$(dirname "$file")")
  name=${target##*func }
  echo "$name in $folder"
  fuzz "$name" "$folder" || ran_out
done
echo "fuzz targets: ${#targets[@]}, $time each"
