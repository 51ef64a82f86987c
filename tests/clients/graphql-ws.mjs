// graphql-ws, over a WebSocket.

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { changed, documents, known, pages, registered, tell, token, url, write } from './lib.mjs';

const made = (connectionParams, more) => createClient({
  url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, lazy: true, ...more,
});
const client = made({ authorization: `Bearer ${token}` });

/** All that an operation brings. */
async function all(query, variables, by = client, extensions = undefined) {
  const results = [];
  for await (const result of by.iterate({ query, variables, extensions })) results.push(result);
  return results;
}

async function run(query, variables) {
  const results = await all(query, variables);
  if (results.length !== 1 || results[0].errors) throw new Error(JSON.stringify(results));
  return results[0].data;
}

async function failure(...asked) {
  try {
    return (await all(...asked)).map(({ data, errors }) => ({ data, errors: errors && known(errors) }))[0];
  } catch (error) {
    if (Array.isArray(error)) return { errors: known(error) }; // an error message of the protocol
    if (typeof error.code === 'number') return { closed: error.code, reason: error.reason };
    throw error;
  }
}

await tell('query', () => run(documents.shop, { first: 3, details: true }));
await tell('query without details', () => run(documents.shop, { first: 1, details: false }));
await tell('pages', () => pages((variables) => run(documents.pages, variables)));
await tell('write', () => write(run));
await tell('partial', () => failure(documents.forbidden));
await tell('unknown field', () => failure(documents.unknown));
await tell('missing variable', () => failure(documents.untyped));
await tell('unsigned', () => failure(documents.shop, { first: 1, details: true }, made({})));
await tell('persisted', () => registered((query, extensions) => failure(query, {}, client, extensions)));
await tell('subscription', () => changed(async (variables) => {
  for await (const { data, errors } of client.iterate({ query: documents.changed, variables })) {
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }
}));
await client.dispose();
