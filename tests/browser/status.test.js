// What operators meet with a browser at the admin listener.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { launch, open } from './browser.js';
import { start } from './program.js';

const timeout = 240_000;
const axe = readFileSync(join(import.meta.dirname, 'node_modules/axe-core/axe.min.js'), 'utf8');
const screenshots = join(import.meta.dirname, 'screenshots');

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

describe('the status page, asking its own server alone and without an error in the console,', { timeout }, () => {
  let browser;
  let demo;
  let gateway;
  let stock;
  let customer;
  let clients;
  before(async () => {
    stock = createServer((_, answer) => answer.setHeader('Content-Type', 'application/json').end('{"warehouse": "north"}'));
    await once(stock.listen(0, '127.0.0.1'), 'listening');
    process.env.STOCK_URL = `http://127.0.0.1:${stock.address().port}`;
    [demo, gateway, browser] = await Promise.all([
      start('demo', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'),
      start('serve', '--config', 'status.yml'),
      launch(),
    ]);
    const { tokens } = await (await fetch(`${demo.url}/graphiql/settings.json`)).json();
    customer = tokens.find(({ name }) => name === 'customer').value;
    clients = ask();
    mkdirSync(screenshots, { recursive: true });
  });
  after(async () => {
    clients?.stop();
    await clients?.ended;
    stock?.closeAllConnections();
    stock?.close();
    await Promise.all([browser?.close(), demo?.stop(), gateway?.stop()]);
  });

  visit('shows numbers that move, the operations behind them, and what failed', async (page) => {
    await live(page);
    const first = await tile(page, 'Requests').innerText();
    await page.waitForFunction(([name, before]) => {
      const term = [...document.querySelectorAll('dt')].find((dt) => dt.textContent === name);
      return term.nextSibling.textContent !== before && Number.parseFloat(term.nextSibling.textContent) > 0;
    }, ['Requests', first]);
    await row(page, 'By time', 'Headline').waitFor();
    await row(page, 'By cost', 'Headline').waitFor();
    assert.match(await row(page, 'Requests by door', 'graphql').innerText(), /graphql/);
    await row(page, 'Errors within GraphQL answers', 'GRAPHQL_VALIDATION_FAILED').waitFor();
    await row(page, 'The last requests that were refused', 'GRAPHQL_VALIDATION_FAILED').first().waitFor();
    await page.getByText('curl').waitFor({ state: 'detached' });
  });

  visit('shows a breaker that opens when a service dies, and that it closes again', async (page) => {
    await page.goto(gateway.admin);
    await live(page);
    const ask = async () => (await fetch(`${gateway.url}/stock`)).status;
    assert.equal(await ask(), 200);
    await row(page, 'Services', 'stock').getByText('called').waitFor();

    const { port } = stock.address();
    stock.closeAllConnections();
    await new Promise((done) => stock.close(done));
    for (let i = 0; i < 12; i++) await ask();
    await page.getByRole('status').getByText('the stock service is not called').waitFor();
    await row(page, 'Services', 'stock').getByText('open', { exact: true }).waitFor();
    await row(page, 'The last requests that failed', 'GET /stock').getByText('stock', { exact: true }).first().waitFor();

    await once(stock.listen(port, '127.0.0.1'), 'listening');
    while ((await ask()) !== 200);
    await page.getByRole('status').getByText('the stock service is not called').waitFor({ state: 'detached' });
  });

  visit('is used by keyboard: past the navigation, along it, to the button that pauses', async (page) => {
    await live(page);
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the numbers');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Pause');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, 'solid', 'nobody sees where the focus is');
    await page.keyboard.press('Enter');
    await page.getByText('Paused').waitFor();
    const before = await page.locator('main').innerText();
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Overview');
    assert.equal(await page.locator('main').innerText(), before, 'it moves while it is paused');

    await page.getByRole('button', { name: 'Go on' }).focus();
    await page.keyboard.press('Enter');
    await live(page);
    await page.waitForFunction((before) => document.querySelector('main').innerText !== before, before);
    assert.equal(await focused(page), 'Pause', 'the focus is lost when numbers come');
    await page.locator('a.skip').focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  });

  for (const [name, options] of Object.entries({
    'a desk, light': { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
    'a desk, dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
    'a phone, light': { viewport: { width: 320, height: 640 }, colorScheme: 'light', isMobile: true, hasTouch: true },
    'a phone, dark': { viewport: { width: 320, height: 640 }, colorScheme: 'dark', isMobile: true, hasTouch: true },
  })) {
    visit(`fits, and is without barriers, on ${name}`, async (page) => {
      await live(page);
      await row(page, 'By time', 'Headline').waitFor();
      const [wanted, given] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(wanted <= given, `the page wants to be ${wanted} wide, and has ${given}`);
      await page.screenshot({ path: join(screenshots, `${name.replaceAll(/\W+/g, '-')}.png`) });
      await page.screenshot({ path: join(screenshots, `${name.replaceAll(/\W+/g, '-')}-whole.png`), fullPage: true });

      await page.getByRole('button', { name: 'Pause' }).click();
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      const told = violations.map(({ id, nodes }) => [id, nodes.length, nodes[0].html, nodes[0].failureSummary]);
      assert.deepEqual(told, []);
    }, options);
  }

  visit('takes no markup from strangers', async (page) => {
    const markup = '<img src=x onerror="document.title=1">';
    const query = 'query Canary { me { id } }';
    await asked({ query, operationName: markup }, { 'X-Request-ID': '<b>id</b>', 'X-Operation-Name': markup });
    await asked({ query: `query ${markup} { me { id } }` });
    await fetch(`${demo.url}/${encodeURIComponent(markup)}`);
    await page.reload();
    await live(page);
    assert.equal(await page.locator('img, main script, main b').count(), 0);
    assert.equal(await page.title(), 'Concierge status');
  });

  visit('says the same without JavaScript, and how to see more', async (page) => {
    await page.getByRole('link', { name: 'Load it again' }).waitFor();
    await row(page, 'By time', 'Headline').waitFor();
    assert.equal(await page.getByRole('button').count(), 0);
    const before = await page.locator('main').innerText();
    await page.getByRole('link', { name: 'Load it again' }).click();
    assert.notEqual(await page.locator('main').innerText(), before);
  }, { javaScriptEnabled: false });

  it('is told to nobody who names the listener as a stranger could', async () => {
    const { page, close } = await open(browser);
    try {
      await page.goto(demo.url); // another origin of the same site
      const read = await page.evaluate((url) => fetch(`${url}/status`).then(() => 'read', () => 'kept out'), demo.admin);
      assert.equal(read, 'kept out');
      const purged = await page.evaluate((url) => fetch(`${url}/purge`, { method: 'POST', mode: 'no-cors', body: '{}' })
        .then(({ type }) => type, () => 'kept out'), demo.admin);
      assert.equal(purged, 'kept out');
    } finally {
      await close();
    }
  });

  // visit is a test on a page of its own. In the end nobody else was asked, and the console has no errors.
  function visit(name, steps, options = {}) {
    it(name, async (t) => {
      const { page, seen, close } = await open(browser, options);
      try {
        await page.goto(demo.admin);
        await steps(page);
      } catch (error) {
        t.diagnostic(`meanwhile: ${inspect({ elsewhere: seen.elsewhere, errors: seen.errors })}`);
        throw error;
      } finally {
        await close();
      }
      assert.deepEqual(seen.elsewhere, []);
      assert.deepEqual(seen.errors, []);
    });
  }

  function asked(body, header = {}) {
    return fetch(`${demo.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${customer}`, ...header },
      body: JSON.stringify(body),
    }).then((answer) => answer.text());
  }

  // ask is clients that ask one after another until they are stopped.
  function ask() {
    let going = true;
    const query = 'query Headline { me { name orders(first: 2) { nodes { id items { product { name } } } } } }';
    const loop = async () => {
      for (let i = 0; going; i++) {
        await asked({ query });
        await fetch(`${demo.url}/v2/users/7`, { headers: { Authorization: `Bearer ${customer}` } }).then((answer) => answer.text());
        if (i % 5 === 0) await asked({ query: 'query Wrong { me { shoeSize } }' });
        await new Promise((done) => setTimeout(done, 20));
      }
    };
    return { ended: loop(), stop: () => (going = false) };
  }
});

const live = (page) => page.getByText('Live', { exact: true }).waitFor();
const tile = (page, name) => page.locator('dt').getByText(name, { exact: true }).locator('xpath=following-sibling::dd');
const row = (page, caption, head) =>
  page.locator('table').filter({ has: page.locator('caption').getByText(caption) })
    .getByRole('row').filter({ has: page.getByText(head, { exact: true }) });
const focused = (page) => page.evaluate(() => document.activeElement.textContent);
