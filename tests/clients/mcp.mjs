// The client of Vercel's AI SDK, which speaks the Model Context Protocol by itself: by its newest version, and by those with a handshake.

import { createMCPClient } from '@ai-sdk/mcp';

import { tell, token, url } from './lib.mjs';

const made = (protocolVersionDiscovery, headers = { authorization: `Bearer ${token}` }) => createMCPClient({
  transport: { type: 'http', url: new URL('/mcp', url).href, headers }, protocolVersionDiscovery,
});

/** What a program can know of what failed. */
async function failure(work) {
  try {
    return { got: await work() };
  } catch (error) {
    return { code: error.code, status: error.statusCode, said: error.code && error.message };
  }
}

for (const [era, discovery] of [['newest', true], ['handshake', false]]) {
  const client = await made(discovery);
  await tell(`${era}: version`, () => client.initializeResult.protocolVersion);
  await tell(`${era}: list`, async () => (await client.listTools()).tools.map(({ name }) => name));
  await tell(`${era}: call`, async () => (await client.callTool({ name: 'own_orders', arguments: { first: 1, lines: false } })).structuredContent);
  await tell(`${era}: error`, async () => {
    const { isError, structuredContent } = await client.callTool({ name: 'own_orders', arguments: { first: 'one' } });
    return { isError, code: structuredContent.errors[0].code };
  });
  await tell(`${era}: unknown`, () => failure(() => client.callTool({ name: 'desk' })));
  await tell(`${era}: unsigned`, () => failure(() => made(discovery, {})));
  await client.close();
}
