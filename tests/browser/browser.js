// The browser: Debian's Chromium without a window, which reaches 127.0.0.1 and nothing else.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

// launch starts a browser with an empty profile. Playwright's own flags make it headless, without a sandbox (root has none),
// without updates and without sync.
export async function launch() {
  if (!existsSync(executablePath)) {
    throw new Error(
      `missing: ${executablePath}. Please install it (on Debian: apt-get install chromium), or name another in CHROMIUM.`,
    );
  }
  return chromium.launch({
    executablePath,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-proxy-server',
      // This holds for addresses too, and for the calls that Chromium makes to its makers on its own account.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

// open makes a page that shares nothing with others, and a record of what happens in it and in its workers: requests are all URLs
// asked for; elsewhere are those of them that are not on 127.0.0.1, and were blocked; errors are what the console shows as such,
// violations of the Content-Security-Policy included.
// Options are Playwright's of a context, such as its size and its colours.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
  context.setDefaultTimeout(10_000);
  const seen = { requests: [], elsewhere: [], errors: [] };
  const asked = (url) => {
    seen.requests.push(url);
    if (!local(url)) seen.elsewhere.push(url);
  };
  context.on('request', (request) => asked(request.url()));
  context.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()));
  context.on('weberror', (error) => seen.errors.push(String(error.error())));
  await context.route('**', (route) => (local(route.request().url()) ? route.continue() : route.abort('blockedbyclient')));

  const page = await context.newPage();
  page.on('websocket', (socket) => asked(socket.url()));
  // Playwright leaves out what the browser itself says of a worker, such as what the policy forbade it.
  const devtools = await context.newCDPSession(page);
  devtools.on('Log.entryAdded', ({ entry }) => {
    if (entry.source === 'worker' && entry.level === 'error') seen.errors.push(entry.text);
  });
  await devtools.send('Log.enable');
  return { page, seen, close: () => context.close() };
}

function local(url) {
  const { protocol, hostname } = new URL(url);
  return hostname === '127.0.0.1' || protocol === 'data:' || protocol === 'blob:';
}
