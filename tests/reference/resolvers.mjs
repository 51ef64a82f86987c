// What each field is, said as plainly as it can be. Nothing is remembered and nothing is asked together with anything else.

/** One call of a service: what it answers, or null where there is nothing. */
async function get(context, service, path) {
  const answer = await fetch(context.services[service] + path, { headers: { accept: 'application/json' } });
  const text = await answer.text();
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw new Error(`the service ${service} answered ${answer.status}`);
  // A number stays as it is written.
  return JSON.parse(text.replaceAll(/"(price|total|amount|unit_price)":(-?[\d.]+)/g, '"$1":"$2"'));
}

/** Those that are broken have a number for a moment. */
const isReadable = (record) => typeof record.created_at === 'string';

function readable(record) {
  if (record && !isReadable(record)) throw new Error('the record cannot be read');
  return record;
}

const one = async (context, service, path) => readable(await get(context, service, path));
const byID = (service, path) => (context, id) => (id == null ? null : one(context, service, `${path}/${id}`));
const user = byID('user', '/users');
const order = byID('order', '/orders');
const product = byID('product', '/products');
const payment = byID('payment', '/payments');
const paymentOf = async (context, id) => readable((await get(context, 'payment', `/payments?order_ids=${id}`))[0] ?? null);

/** The id that an argument means. */
function idOf(text) {
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(Number(text))) throw new Error('an id is a whole number from 1');
  return text;
}

const cursor = (offset) => Buffer.from(`o:${offset}`).toString('base64url');

function offsetOf(after) {
  if (after == null) return 0;
  const [, digits] = /^o:(0|[1-9]\d*)$/.exec(Buffer.from(after, 'base64url').toString()) ?? [];
  if (digits === undefined || Number(digits) >= 2 ** 31 || cursor(digits) !== after) throw new Error('after is no cursor');
  return Number(digits) + 1;
}

/** A page of a list. */
async function page(context, service, path, { first, after }, query = {}) {
  const size = first ?? 20;
  if (size < 0 || size > 100) throw new Error('first is out of range');
  const offset = offsetOf(after);
  const part = async (from, limit) => {
    if (limit === 0) return [];
    return get(context, service, `${path}?${new URLSearchParams({ ...query, offset: from, limit })}`);
  };
  const records = (await part(offset, size)).map(readable);
  const place = records.length > 0 ? [cursor(offset), cursor(offset + records.length - 1)] : [null, null];
  return {
    nodes: records,
    edges: records.map((node, i) => ({ node, cursor: cursor(offset + i) })),
    pageInfo: {
      hasNextPage: async () => {
        const [next] = await part(offset + size, 1);
        context.ahead ||= next !== undefined && !isReadable(next);
        return next !== undefined;
      },
      hasPreviousPage: offset > 0,
      startCursor: place[0],
      endCursor: place[1],
    },
  };
}

const money = (amount, currency) => (amount == null || !currency ? null : { amount, currency });

const word = (known) => (value) => (known.includes(value?.toUpperCase()) ? value.toUpperCase() : 'UNKNOWN');

const moments = {
  createdAt: ({ created_at: at }) => at ?? null,
  updatedAt: ({ updated_at: at }) => at ?? null,
};

const orderStatus = word(['PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED']);
const paymentStatus = word(['PENDING', 'AUTHORIZED', 'CAPTURED', 'REFUNDED', 'FAILED']);
const paymentMethod = word(['CARD', 'PAYPAL', 'BANK_TRANSFER']);

export const resolvers = {
  Query: {
    me: (_, __, context) => user(context, context.caller),
    user: (_, { id }, context) => user(context, idOf(id)),
    users: (_, args, context) => page(context, 'user', '/users', args),
    order: (_, { id }, context) => order(context, idOf(id)),
    orders: (_, { userId, ...args }, context) => page(context, 'order', '/orders', args, userId == null ? {} : { user_id: idOf(userId) }),
    product: (_, { id }, context) => product(context, idOf(id)),
    products: (_, { category, ...args }, context) => page(context, 'product', '/products', args, category ? { category } : {}),
    payment: (_, { id }, context) => payment(context, idOf(id)),
  },
  User: {
    role: ({ role }) => word(['CUSTOMER', 'SUPPORT', 'ADMIN'])(role),
    status: ({ status }) => word(['ACTIVE', 'SUSPENDED'])(status),
    orders: ({ id }, args, context) => page(context, 'order', '/orders', args, { user_id: id }),
    ...moments,
  },
  Order: {
    status: ({ status }) => orderStatus(status),
    total: ({ total, currency }) => money(total, currency),
    user: ({ user_id: id }, _, context) => user(context, id),
    items: ({ items, currency }) => items.map((item) => ({ ...item, currency })),
    payment: ({ id }, _, context) => paymentOf(context, id),
    shippingAddress: ({ shipping_address: address }) => address ?? null,
    ...moments,
  },
  OrderItem: {
    unitPrice: ({ unit_price: price, currency }) => money(price, currency),
    product: ({ product_id: id }, _, context) => product(context, id),
  },
  Product: {
    price: ({ price, currency }) => money(price, currency),
    ...moments,
  },
  Payment: {
    status: ({ status }) => paymentStatus(status),
    amount: ({ amount, currency }) => money(amount, currency),
    method: ({ method }) => paymentMethod(method),
    cardLast4: ({ card_number: number }) => number?.slice(-4) ?? null,
    order: ({ order_id: id }, _, context) => order(context, id),
    ...moments,
  },
};
