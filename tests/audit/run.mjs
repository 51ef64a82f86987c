// The audit of GraphQL over HTTP: it asks the server at the URL that it is given, with the fields of its header as JSON, and writes
// a JSON line for each of its questions.

import { auditServer } from 'graphql-http';

const [url, header] = process.argv.slice(2);
const fetchFn = (target, init = {}) => fetch(target, { ...init, headers: { ...init.headers, ...JSON.parse(header) } });
for (const { id, name, status, reason } of await auditServer({ url, fetchFn })) {
  console.log(JSON.stringify({ id, name, status, reason }));
}
