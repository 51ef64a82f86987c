// What the clients' scripts share. Each case prints a JSON line {"case", "got"}, and tests/clients_test.go knows what it should be.

import { createHash } from 'node:crypto';
import process from 'node:process';

/** The gateway, and who asks. The second gateway runs the documents of the manifest alone, by their ids. */
export const { GATEWAY: url, SAFELISTED: safelisted, MANIFEST: manifest, ADMIN: admin, TOKEN: token, CLIENT: client } = process.env;

export const signedIn = { authorization: `Bearer ${token}`, 'apollographql-client-name': client };

/** Runs a case. What it throws is what came of it. */
export async function tell(name, work) {
  let got;
  try {
    got = await work();
  } catch (error) {
    got = { threw: String(error?.stack ?? error), cause: String(error?.cause ?? '') };
  }
  console.log(JSON.stringify({ case: name, got: bare(got) }));
}

/** A result without what clients add: __typename, and members that are undefined. */
export function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name, of]) => name !== '__typename' && of !== undefined).map(([name, of]) => [name, bare(of)]),
  );
}

/** What a program can know of errors. */
export const known = (errors = []) => errors.map(({ path, extensions }) => ({ path, code: extensions?.code }));

/** fetch, with a word for each request: how it was sent, and whether it had a hash and a text. */
export function noting(sent) {
  return async (input, init = {}) => {
    const method = init.method ?? 'GET';
    const at = new URL(String(input));
    const members = method === 'GET' ? Object.fromEntries(at.searchParams) : JSON.parse(init.body);
    const extensions = typeof members.extensions === 'string' ? JSON.parse(members.extensions) : members.extensions;
    const parts = [extensions?.persistedQuery && 'hash', members.documentId && 'id', members.query && 'text'];
    sent.push(`${method} ${parts.filter(Boolean).join('+')}`);
    return fetch(input, init);
  };
}

/** An operation by nothing but fetch, for what a case needs beside its client. */
export async function ask(query, variables) {
  const answer = await fetch(url, {
    method: 'POST', headers: { ...signedIn, 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Registers a document, and names it. send asks for it in the client's way, and promises {data, errors} whatever comes. */
export async function registered(send) {
  const query = documents.persisted;
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
  return { unknown: await send('', extensions), first: await send(query, extensions), second: await send('', extensions) };
}

/** Reads pages until there is no more. next asks for one. */
export async function pages(next) {
  const ids = [];
  let calls = 0;
  for (let after = null; ;) {
    const { edges, pageInfo } = (await next({ first: 4, after })).me.orders;
    ids.push(...edges.map(({ node }) => node.id));
    calls += 1;
    if (!pageInfo.hasNextPage || calls > 20) return { ids, calls };
    after = pageInfo.endCursor;
  }
}

/** The life of an order. run is the client's way to run a document and to get its data. */
export async function write(run) {
  const input = (quantity) => ({ items: [{ productId: '1', quantity }], shippingAddress: { street: '1 Main St', city: 'Ulm', zip: '89073' } });
  const { placeOrder: placed } = await run(documents.place, { input: input(2) });
  const { placeOrder: refused } = await run(documents.place, { input: input(0) });
  const { cancelOrder: cancelled } = await run(documents.cancel, { id: placed.order.id });
  const { cancelOrder: again } = await run(documents.cancel, { id: placed.order.id });
  const { updateProfile: named } = await run(documents.rename, { name: `Asked by ${client}` });
  const { order } = await run(documents.order, { id: placed.order.id });
  return {
    placed: placed.order.status, refused: refused.userErrors, cancelled: cancelled.order.status, again: again.userErrors,
    named: named.user.name, read: order.status,
  };
}

/** How many subscriptions there are, whosever. */
async function subscriptions() {
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  return [...metrics.matchAll(/^concierge_subscriptions\{[^}]*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

/**
 * What a subscription tells of an order that is cancelled. subscribe begins one and promises its first result. Another client's
 * subscription may look like this one's, so that the order is cancelled too early: then it is tried with another order.
 */
export async function changed(subscribe) {
  const input = { items: [{ productId: '2', quantity: 1 }], shippingAddress: { street: '1 Main St', city: 'Ulm', zip: '89073' } };
  for (let tries = 0; tries < 10; tries += 1) {
    const { order } = (await ask(documents.place, { input })).data.placeOrder;
    const first = subscribe({ id: order.id });
    first.catch(() => {}); // it is waited for below
    while ((await subscriptions()) < 1) {
      const early = await Promise.race([first, new Promise((resolve) => { setTimeout(resolve, 10, null); })]);
      if (early) return early; // there is no subscription, and this says why
    }
    await ask(documents.cancel, { id: order.id });
    const told = await Promise.race([first, new Promise((resolve) => { setTimeout(resolve, 1500, null); })]);
    if (told) return { status: told.orderStatusChanged.status, same: told.orderStatusChanged.id === order.id };
  }
  throw new Error('nothing was told');
}

/** fetch, with the media type of each answer. */
export function listening(types) {
  return async (...request) => {
    const answer = await fetch(...request);
    types.push(answer.headers.get('content-type').split(';')[0]);
    return answer;
  };
}

export const documents = {
  changed: 'subscription Changed($id: ID!) { orderStatusChanged(orderId: $id) { id status } }',
  deferred: `query Deferred { me { id ... @defer(label: "late") { orders(first: 2) { nodes { id payment { id status } } } } } }`,
  shop: `query Shop($first: Int!, $details: Boolean!) {
    me {
      ...Who
      recent: orders(first: $first) {
        nodes { id status total { amount currency } items { quantity product @include(if: $details) { id name } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
  fragment Who on User { id username }`,
  pages: 'query Pages($first: Int!, $after: String) { me { id orders(first: $first, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }',
  place: 'mutation Place($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id status } userErrors { code field } } }',
  cancel: 'mutation Cancel($id: ID!) { cancelOrder(id: $id) { order { id status } userErrors { code field } } }',
  rename: 'mutation Rename($name: String!) { updateProfile(input: {name: $name}) { user { id name } userErrors { code field } } }',
  order: 'query Order($id: ID!) { order(id: $id) { id status } }',
  forbidden: 'query Forbidden { me { id username } users(first: 1) { nodes { id } } }',
  unknown: 'query Unknown { me { id nothing } }',
  untyped: 'query Untyped($id: ID!) { order(id: $id) { id } }',
  persisted: `query PersistedFor_${client.replaceAll('-', '_')} { me { id username } }`,
};
