// Mercurius on Fastify, as its documentation lays it out: queries are compiled, and its loaders batch what one request reads.

import Fastify from 'fastify';
import mercurius from 'mercurius';
import { flags } from './flags.js';
import { firstOf, resolvers, schema } from './graph.js';
import { connect } from './services.js';

const { listen, urls } = flags();
const services = connect(urls);

const loaders = {
  Order: {
    user: (queries) => services.usersByID(queries.map(({ obj }) => obj.user_id)),
    payment: (queries) => services.payments(queries.map(({ obj }) => obj.id)),
  },
  User: {
    orders: async (queries) => {
      const lists = await services.ordersOf(queries.map(({ obj }) => obj.id));
      return queries.map(({ params }, i) => firstOf(lists[i], params.first));
    },
  },
  OrderItem: { product: (queries) => services.products(queries.map(({ obj }) => obj.product_id)) },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers: resolvers(services), loaders, jit: 1 });
await app.listen(listen);
