// urql's core.

import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { changed, documents, known, listening, noting, pages, signedIn, tell, token, url, write } from './lib.mjs';

const made = (more = {}) => new Client({
  url, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers: signedIn }, requestPolicy: 'network-only', preferGetMethod: false, ...more,
});
const client = made();

const result = (document, variables, by = client) =>
  (document.startsWith('mutation') ? by.mutation(document, variables ?? {}) : by.query(document, variables ?? {})).toPromise();

async function run(document, variables, by) {
  const { data, error } = await result(document, variables, by);
  if (error) throw error;
  return data;
}

async function failure(document, variables, by) {
  const { data, error } = await result(document, variables, by);
  if (error.networkError) {
    return { status: error.response.status };
  }
  return { data: data ?? undefined, errors: known(error.graphQLErrors) };
}

await tell('query', () => run(documents.shop, { first: 3, details: true }));
await tell('query without details', () => run(documents.shop, { first: 1, details: false }));
await tell('query by GET', () => run(documents.shop, { first: 3, details: true }, made({ preferGetMethod: 'force' })));
await tell('pages', () => pages((variables) => run(documents.pages, variables)));
await tell('write', () => write(run));
await tell('partial', () => failure(documents.forbidden));
await tell('unknown field', () => failure(documents.unknown));
await tell('missing variable', () => failure(documents.untyped));
await tell('unsigned', () => failure(documents.shop, { first: 1, details: true }, made({ fetchOptions: {} })));

for (const [name, preferGetForPersistedQueries] of [['persisted', false], ['persisted by GET', 'force']]) {
  await tell(name, async () => {
    const sent = [];
    const document = documents.persisted.replace('PersistedFor', preferGetForPersistedQueries ? 'PersistedByGETFor' : 'PersistedFor');
    const by = made({ fetch: noting(sent), exchanges: [persistedExchange({ preferGetForPersistedQueries }), fetchExchange] });
    const first = await run(document, {}, by);
    const second = await run(document, {}, by);
    return { first, second, sent };
  });
}

/** The first thing that a subscription tells. */
const first = (by) => (variables) => new Promise((resolve, reject) => {
  const { unsubscribe } = by.subscription(documents.changed, variables).subscribe(({ data, error }) => {
    if (error) reject(error);
    else resolve(data);
    setTimeout(() => unsubscribe(), 0);
  });
});

await tell('subscription', async () => {
  const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` } });
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
  });
  try {
    return await changed(first(made({ exchanges: [subscriptionExchange({ forwardSubscription })] })));
  } finally {
    await socket.dispose();
  }
});
await tell('subscription by events', () => changed(first(made({ fetchSubscriptions: true }))));
await tell('deferred', async () => {
  const types = [];
  const by = made({ fetch: listening(types), exchanges: [fetchExchange] });
  const data = await new Promise((resolve, reject) => {
    by.query(documents.deferred, {}).subscribe(({ data: seen, error, hasNext }) => {
      if (error) reject(error);
      if (!hasNext) resolve(structuredClone(seen));
    });
  });
  return { data, types: types.map((type) => type !== '') };
});
