#!/usr/bin/env bash
# Writes graph/ anew from schema/ and gqlgen.yml. With "check" it fails if that changes anything.
# What generation wrote before is taken away first, so that no file outlives the schema file it came from; it comes back
# if generation fails.
set -euo pipefail

before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -a graph/. "$before"

grep -lsE '^// Code generated .* DO NOT EDIT\.$' graph/*.go | xargs -r rm --
if ! .bin/gqlgen generate; then
  cp -a "$before"/. graph/
  echo "graph/ is left as it was" >&2
  exit 1
fi

# gateway.schema.json follows the settings' types; a test keeps it in step, so check has nothing to do here.
if [ "${1:-}" != check ]; then
  go test ./config -run '^TestTheSchemaIsThatOfTheSettings$' -count=1 -update
fi

if [ "${1:-}" = check ] && ! diff -ru "$before" graph; then
  echo "graph/ was not what make generate writes. It is now: commit it." >&2
  exit 1
fi
