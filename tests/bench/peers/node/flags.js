// What a server is told when it is started.

import { parseArgs } from 'node:util';

// flags are the host and port to listen on, and the services' URLs by name.
export function flags() {
  const names = ['listen', 'user', 'order', 'product', 'payment'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  const { listen, ...urls } = parseArgs({ options }).values;
  const { hostname: host, port } = new URL(`http://${listen}`);
  return { listen: { host, port: Number(port) }, urls };
}
