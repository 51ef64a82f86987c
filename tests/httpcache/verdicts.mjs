// What the suite says of results: it reads those of its cli.mjs, and writes a JSON line for each test, with the verdict that the
// suite's own tables show. A test whose dependencies have failed has none of its own.

import { text } from 'node:stream/consumers';

import { determineTestResult } from 'http-cache-tests/lib/display.mjs';
import groups from 'http-cache-tests/tests/index.mjs';
import surrogate from 'http-cache-tests/tests/surrogate-control.mjs';

const verdicts = {
  '-': 'untested', '✅': 'pass', '⛔️': 'fail', '⚠️': 'not optimal', Y: 'yes', N: 'no',
  '🔹': 'setup', '⁉️': 'harness', '⚪️': 'dependency', '↻': 'retry',
};

const results = JSON.parse(await text(process.stdin));
const all = [...groups, surrogate];
for (const group of all) {
  for (const test of group.tests) {
    const [, , sign] = determineTestResult(all, test.id, results);
    const [, detail = ''] = Array.isArray(results[test.id]) ? results[test.id] : [];
    console.log(JSON.stringify({
      group: group.id, id: test.id, kind: test.kind ?? 'required', verdict: verdicts[sign], detail, counts: group !== surrogate,
    }));
  }
}
