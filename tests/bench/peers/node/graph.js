// The schema, and those of its resolvers that do not depend on how a server batches.

import { readFileSync } from 'node:fs';

// schema is that of the plain server.
export const schema = readFileSync(new URL('../plain/schema.graphql', import.meta.url), 'utf8');

// resolvers make the schema's shapes from the services' records.
export function resolvers(services) {
  return {
    Query: {
      orders: (_, { first, after }) => page(services.orders, first, after),
      order: (_, { id }) => services.order(id),
      users: (_, { first, after }) => page(services.users, first, after),
    },
    Order: { status: spelled, total: ({ total, currency }) => ({ amount: total, currency }) },
    Product: { price: ({ price, currency }) => ({ amount: price, currency }) },
    Payment: { status: spelled, amount: ({ amount, currency }) => ({ amount, currency }) },
  };
}

// page is a page of a list. A cursor is the offset of what comes after it.
async function page(read, first, after) {
  const offset = after ? Number(Buffer.from(after, 'base64').toString()) : 0;
  const nodes = await read(first, offset);
  return { nodes, pageInfo: { endCursor: Buffer.from(String(offset + nodes.length)).toString('base64') } };
}

// firstOf are the first of a list of records.
export function firstOf(records, first) {
  return { nodes: records.slice(0, first) };
}

// spelled is a status as the schema spells it.
function spelled({ status }) {
  return status.toUpperCase();
}
