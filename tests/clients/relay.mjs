// Relay's runtime, with artifacts of its compiler.

import { readFile } from 'node:fs/promises';

import { createClient } from 'graphql-ws';
import { meros } from 'meros/browser';
import runtime from 'relay-runtime';
import WebSocket from 'ws';

import { changed, known, listening, pages, signedIn, tell, token, url, write } from './lib.mjs';

const {
  Environment, Network, Observable, RecordSource, Store,
  commitMutation, createOperationDescriptor, fetchQuery, getSingularSelector, requestSubscription,
} = runtime;
const texts = JSON.parse(await readFile(new URL('relay/persisted_queries.json', import.meta.url)));
const artifact = async (name) => (await import(`./relay/__generated__/documents${name}.graphql.js`)).default;

/** What the network layer has seen last: Relay itself tells no codes of errors. */
let last;

async function send(operation, variables, headers = signedIn, named = { query: operation.text ?? texts[operation.id] }) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json;q=0.9' },
    body: JSON.stringify({ ...named, operationName: operation.name, variables }),
  });
  last = { status: answer.status, ...(await answer.json()) };
  return last;
}

// Relay takes an id for one among all types, and here each type counts its own.
const getDataID = ({ id }, type) => (id == null ? undefined : `${type}:${id}`);
const made = (network, subscribe) => new Environment({ network: Network.create(network, subscribe), store: new Store(new RecordSource()), getDataID });
const environment = made((operation, variables) => send(operation, variables));

const query = async (name, variables, by = environment) =>
  fetchQuery(by, await artifact(name), variables, { fetchPolicy: 'network-only' }).toPromise();

async function mutate(name, variables) {
  const mutation = await artifact(name);
  return new Promise((resolve, reject) => {
    commitMutation(environment, {
      mutation, variables, onError: reject, onCompleted: (response, errors) => (errors?.length ? reject(new Error(JSON.stringify(errors))) : resolve(response)),
    });
  });
}

/** Runs what write asks for, whose documents have names that begin alike. */
function run(document, variables) {
  const [, kind, name] = /(\w+) (\w+)/.exec(document);
  return kind === 'mutation' ? mutate(`${name}Mutation`, variables) : query(`${name}Query`, variables);
}

await tell('query', () => query('ShopQuery', { first: 3, details: true }));
await tell('query without details', () => query('ShopQuery', { first: 1, details: false }));

// In a connection Relay keeps what it has seen: the last page that is read has the nodes of all before.
await tell('pages', async () => {
  const seen = await pages((variables) => query('PagesQuery', variables));
  return { ids: [...new Set(seen.ids)], calls: seen.calls };
});
await tell('write', () => write(run));
await tell('partial', async () => {
  try {
    await query('ForbiddenQuery', {});
  } catch (error) {
    return { data: last.data, errors: known(error.source.errors) };
  }
  return { data: last.data, errors: known(last.errors) };
});
await tell('unsigned', async () => {
  try {
    return await query('ShopQuery', { first: 1, details: true }, made((operation, variables) => send(operation, variables, {})));
  } catch {
    return { status: last.status, code: last.code };
  }
});

async function failure(work) {
  try {
    return { data: await work() };
  } catch (error) {
    return { errors: known(error.source.errors) };
  }
}

// The compiler lets no such field pass, but the schema may have changed since it ran.
await tell('unknown field', () => failure(() => query('OrderQuery', { id: '1' }, made((operation, variables) => send(
  operation, variables, signedIn, { query: texts[operation.id].replace('status', 'nothing') },
)))));
await tell('missing variable', () => failure(() => query('OrderQuery', {})));

await tell('trusted', () => query(
  'ShopQuery', { first: 3, details: true }, made((operation, variables) => send(operation, variables, signedIn, { documentId: operation.id })),
));
await tell('subscription', async () => {
  const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` } });
  const by = made((operation, variables) => send(operation, variables), (operation, variables) => Observable.create((sink) => socket.subscribe(
    { operationName: operation.name, query: '', documentId: operation.id, variables }, sink,
  )));
  const subscription = await artifact('OrderSubscription');
  try {
    return await changed((variables) => new Promise((resolve, reject) => {
      requestSubscription(by, { subscription, variables, onNext: resolve, onError: reject });
    }));
  } finally {
    await socket.dispose();
  }
});

/** What Relay takes for the parts of an answer: one object for each, with its label and path. */
function* responses({ incremental, hasNext, ...whole }) {
  const parts = incremental ?? ('data' in whole ? [whole] : []);
  for (const [i, part] of parts.entries()) {
    yield { ...part, extensions: { ...part.extensions, is_final: !hasNext && i === parts.length - 1 } };
  }
}

/** A network that has answers in parts, in the format which Relay reads. */
const inParts = (by) => (operation, variables) => Observable.create((sink) => {
  (async () => {
    const answer = await meros(await by(url, {
      method: 'POST',
      headers: { ...signedIn, 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824, application/json;q=0.9' },
      body: JSON.stringify({ documentId: operation.id, variables }),
    }));
    for await (const { body } of answer) {
      for (const response of responses(body)) sink.next(response);
    }
    sink.complete();
  })().catch(sink.error);
});

await tell('deferred', async () => {
  const types = [];
  const by = made(inParts(listening(types)));
  const operation = createOperationDescriptor(await artifact('DeferredQuery'), {});
  const late = await artifact('Late');
  const seen = [];
  await new Promise((resolve, reject) => {
    by.execute({ operation }).subscribe({
      next: () => {
        const { me } = by.lookup(operation.fragment).data;
        const { data, isMissingData } = by.lookup(getSingularSelector(late, me));
        seen.push({ data: { me: { id: me.id, ...data } }, isMissingData });
      },
      complete: resolve, error: reject,
    });
  });
  return { data: seen.at(-1).data, missing: seen.map(({ isMissingData }) => isMissingData), types };
});
