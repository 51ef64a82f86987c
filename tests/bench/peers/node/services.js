// The REST services behind the graph.

import { Pool } from 'undici';

// connect returns what is read from the services: pages, one record, and the records of many keys in one call.
export function connect({ user, order, product, payment }) {
  const orders = reader(order);
  const users = reader(user);
  return {
    orders: (limit, offset) => orders(`/orders?limit=${limit}&offset=${offset}`),
    order: (id) => orders(`/orders/${id}`),
    ordersOf: listsByKey(orders, '/orders?user_ids=', 'user_id'),
    users: (limit, offset) => users(`/users?limit=${limit}&offset=${offset}`),
    usersByID: byKey(users, '/users?ids=', 'id'),
    products: byKey(reader(product), '/products?ids=', 'id'),
    payments: byKey(reader(payment), '/payments?order_ids=', 'order_id'),
  };
}

// reader reads from one service, over 256 connections at most, as the plain server keeps them.
function reader(url) {
  const pool = new Pool(url, { connections: 256 });
  return async (path) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`get ${path}: ${statusCode}`);
    }
    return body.json();
  };
}

// byKey returns records in the order of their keys, which may be the same more than once. What is missing is null.
function byKey(read, path, member) {
  return async (keys) => {
    const records = await read(path + [...new Set(keys)].join(','));
    const found = new Map(records.map((record) => [record[member], record]));
    return keys.map((key) => found.get(key) ?? null);
  };
}

// listsByKey returns all records of each key, in the order of the keys.
function listsByKey(read, path, member) {
  return async (keys) => {
    const found = new Map(keys.map((key) => [key, []]));
    for (const record of await read(path + [...found.keys()].join(','))) found.get(record[member]).push(record);
    return keys.map((key) => found.get(key));
  };
}
