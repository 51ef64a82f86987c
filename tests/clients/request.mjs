// graphql-request.

import { ClientError, GraphQLClient, gql } from 'graphql-request';

import { documents, known, pages, registered, signedIn, tell, url, write } from './lib.mjs';

const client = new GraphQLClient(url, { headers: signedIn });
const run = (document, variables, by = client) => by.request(gql`${document}`, variables);

async function failure(work) {
  try {
    return { data: await work() };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const { status, data, errors, body } = error.response;
    if (errors) return { data, errors: known(errors) };
    return { status, code: JSON.parse(body ?? '{}').code };
  }
}

await tell('query', () => run(documents.shop, { first: 3, details: true }));
await tell('query without details', () => run(documents.shop, { first: 1, details: false }));
await tell('query by GET', () => run(documents.shop, { first: 3, details: true }, new GraphQLClient(url, { method: 'GET', headers: signedIn })));
await tell('pages', () => pages((variables) => run(documents.pages, variables)));
await tell('write', () => write(run));
await tell('partial', async () => {
  const { data, errors } = await new GraphQLClient(url, { headers: signedIn, errorPolicy: 'all' }).rawRequest(documents.forbidden);
  return { data, errors: known(errors) };
});
await tell('unknown field', () => failure(() => run(documents.unknown)));
await tell('missing variable', () => failure(() => run(documents.untyped)));
await tell('unsigned', () => failure(() => run(documents.shop, { first: 1, details: true }, new GraphQLClient(url))));

// It sends no extensions by itself, and lets one edit what it sends.
await tell('persisted', () => registered((query, extensions) => {
  const requestMiddleware = (request) => ({
    ...request, body: JSON.stringify({ ...JSON.parse(request.body), query: query || undefined, extensions }),
  });
  return failure(() => run(documents.persisted, {}, new GraphQLClient(url, { headers: signedIn, requestMiddleware })));
}));
