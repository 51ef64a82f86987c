#!/usr/bin/env bash
# Writes __generated__ and persisted_queries.json anew, from documents.js and the schema.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The compiler takes what extends a type for the client's own, and a schema's own files do not declare what the gateway adds.
{
  cat ../../../schema/*.graphql
  echo 'directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT'
} | node --input-type=module -e '
  import { text } from "node:stream/consumers";
  import { buildSchema, printSchema } from "graphql";
  console.log(printSchema(buildSchema(await text(process.stdin))));
' > "$work/schema.graphql"
# It persists nothing of what it finds compiled, and wants the folder and the file to be there.
mkdir -p "$work/src/__generated__"
cp documents.js "$work/src"
echo '{}' > "$work/src/persisted_queries.json"
cat > "$work/relay.config.json" <<'JSON'
{
  "src": "./src", "schema": "./schema.graphql", "language": "javascript", "eagerEsModules": true,
  "artifactDirectory": "./src/__generated__", "persistConfig": {"file": "./src/persisted_queries.json"}
}
JSON
cd "$work"
npx --yes relay-compiler@21.0.1 relay.config.json
cd - > /dev/null
rm -rf __generated__
cp -r "$work/src/__generated__" "$work/src/persisted_queries.json" .
