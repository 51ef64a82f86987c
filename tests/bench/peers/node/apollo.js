// Apollo Server, standalone, as its documentation lays it out: each request has a DataLoader for each kind of record.

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import { flags } from './flags.js';
import { firstOf, resolvers, schema } from './graph.js';
import { connect } from './services.js';

const { listen, urls } = flags();
const services = connect(urls);

const edges = {
  Order: {
    user: (order, _, { users }) => users.load(order.user_id),
    payment: (order, _, { payments }) => payments.load(order.id),
  },
  User: { orders: async (user, { first }, { ordersOf }) => firstOf(await ordersOf.load(user.id), first) },
  OrderItem: { product: (item, _, { products }) => products.load(item.product_id) },
};

const loaders = async () => ({
  users: new DataLoader(services.usersByID),
  products: new DataLoader(services.products),
  payments: new DataLoader(services.payments),
  ordersOf: new DataLoader(services.ordersOf),
});

const server = new ApolloServer({ typeDefs: schema, resolvers: [resolvers(services), edges] });
await startStandaloneServer(server, { listen, context: loaders });
