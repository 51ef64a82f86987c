// graphql-sse, in its mode of distinct connections.

import { NetworkError, createClient } from 'graphql-sse';

import { changed, documents, known, pages, registered, signedIn, tell, url, write } from './lib.mjs';

const made = (headers) => createClient({ url, headers, retryAttempts: 0 });
const client = made(signedIn);

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
    if (!(error instanceof NetworkError)) throw error;
    const { status } = error.response;
    return { status, code: (await error.response.json()).code };
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
await tell('deferred', async () => {
  const results = await all(documents.deferred);
  return { parts: results.length > 1, more: results.map(({ hasNext }) => hasNext).at(-1) };
});
client.dispose();
