// Apollo Client, without React.

import { readFile } from 'node:fs/promises';

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import lists from '@apollo/persisted-query-lists';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import {
  bare, changed, documents, known, listening, manifest, noting, pages, safelisted, sha256, signedIn, tell, token, url, write,
} from './lib.mjs';

const made = (link, more) => new ApolloClient({ link, cache: new InMemoryCache(), ...more });
const http = (more) => new HttpLink({ uri: url, headers: signedIn, ...more });
const client = made(http());

async function run(document, variables, by = client, more = {}) {
  const parsed = gql(document);
  const kind = parsed.definitions[0].operation;
  const { data } = kind === 'mutation'
    ? await by.mutate({ mutation: parsed, variables })
    : await by.query({ query: parsed, variables, fetchPolicy: 'network-only', ...more });
  return data;
}

/** What a client tells of a failure. */
async function failure(work) {
  try {
    return { data: await work() };
  } catch (error) {
    if (CombinedGraphQLErrors.is(error)) return { data: error.data, errors: known(error.errors) };
    if (ServerError.is(error)) return { status: error.statusCode, code: JSON.parse(error.bodyText).code ?? known(JSON.parse(error.bodyText).errors) };
    throw error;
  }
}

await tell('query', () => run(documents.shop, { first: 3, details: true }));
await tell('query without details', () => run(documents.shop, { first: 1, details: false }));
await tell('query by GET', () => run(documents.shop, { first: 3, details: true }, made(http({ useGETForQueries: true }))));
await tell('pages', () => pages((variables) => run(documents.pages, variables)));
await tell('write', () => write(run));
await tell('cache', async () => {
  await run(documents.shop, { first: 1, details: false });
  return bare(client.readFragment({ id: 'User:' + (await run(documents.shop, { first: 1, details: false })).me.id, fragment: gql('fragment F on User { username }') }));
});
await tell('partial', async () => {
  const { data, error } = await client.query({ query: gql(documents.forbidden), errorPolicy: 'all', fetchPolicy: 'network-only' });
  return { data, errors: known(error.errors) };
});
await tell('unknown field', () => failure(() => run(documents.unknown)));
await tell('missing variable', () => failure(() => run(documents.untyped)));
await tell('unsigned', () => failure(() => run(documents.shop, { first: 1, details: true }, made(new HttpLink({ uri: url })))));

for (const [name, useGETForHashedQueries] of [['persisted', false], ['persisted by GET', true]]) {
  await tell(name, async () => {
    const sent = [];
    const document = documents.persisted.replace('PersistedFor', useGETForHashedQueries ? 'PersistedByGETFor' : 'PersistedFor');
    const by = made(ApolloLink.from([new PersistedQueryLink({ sha256, useGETForHashedQueries }), http({ fetch: noting(sent) })]));
    const first = await run(document, {}, by);
    const second = await run(document, {}, by);
    return { first, second, sent };
  });
}

// The documents of a manifest, by their ids, where nothing else is run.
const loadManifest = async () => JSON.parse(await readFile(manifest));
const listed = (sent, ...links) => made(ApolloLink.from([...links, http({ uri: safelisted, fetch: noting(sent) })]));

await tell('trusted', async () => {
  const [sent, mistakes] = [[], []];
  const by = listed(
    sent,
    lists.createPersistedQueryManifestVerificationLink({ loadManifest, onVerificationFailed: ({ reason }) => mistakes.push(reason) }),
    new PersistedQueryLink(lists.generatePersistedQueryIdsFromManifest({ loadManifest })),
  );
  return { data: await run('query Name { me { id username } }', {}, by), sent, mistakes };
});
await tell('untrusted', async () => {
  const sent = [];
  const text = await failure(() => run(documents.persisted, {}, listed(sent)));
  const hash = await failure(() => run(documents.persisted, {}, listed(sent, new PersistedQueryLink({ sha256 }))));
  return { text, hash, sent };
});

await tell('subscription', async () => {
  const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` } });
  const by = made(new GraphQLWsLink(socket));
  try {
    return await changed((variables) => new Promise((resolve, reject) => {
      by.subscribe({ query: gql(documents.changed), variables }).subscribe({ next: ({ data, error }) => (error ? reject(error) : resolve(data)), error: reject });
    }));
  } finally {
    await socket.dispose();
  }
});

for (const [name, incrementalHandler] of [['deferred', new Defer20220824Handler()], ['deferred by ids', new GraphQL17Alpha9Handler()]]) {
  await tell(name, async () => {
    const types = [];
    const by = made(http({ fetch: listening(types) }), { incrementalHandler });
    const data = await new Promise((resolve, reject) => {
      by.watchQuery({ query: gql(documents.deferred), fetchPolicy: 'network-only' }).subscribe({
        next: ({ data: seen, dataState, error }) => {
          if (error) reject(error);
          if (dataState === 'complete') resolve(seen);
        },
        error: reject,
      });
    });
    return { data, types };
  });
}
