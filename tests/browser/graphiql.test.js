// What a person with a browser meets at the gateway.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { launch, open } from './browser.js';
import { start } from './program.js';

const timeout = 60_000;

// A signal ends the tests by way of exit, where the browser and the program are ended too.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

describe('GraphiQL, asking its own server alone and without an error in the console,', { timeout }, () => {
  let browser;
  let demo;
  before(async () => {
    demo = await start('demo', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0');
    browser = await launch();
  });
  after(() => Promise.all([browser?.close(), demo?.stop()]));

  visit('shows the answer to the first query, asked as the caller whom the page chose', async (page) => {
    assert.equal(await caller(page).locator('option:checked').innerText(), 'customer');

    const data = await succeed(page);

    assert.equal(data.me.name, 'Yuki Hughes');
    await answer(page).getByText('"Yuki Hughes"').waitFor();
    const orders = data.me.orders.nodes;
    assert.ok(orders.length > 1, `got the orders ${inspect(orders)}, want several`);
    assert.ok(orders.some((order) => order.payment), `got the orders ${inspect(orders)}, want one that is paid`);
    const products = orders.flatMap((order) => order.items.map((item) => item.product.name));
    assert.ok(products.length > 0 && products.every(Boolean), `got products ${inspect(products)}, want a name for each`);
  });

  visit('shows why nobody gets an answer, and answers again to somebody', async (page) => {
    await caller(page).selectOption('nobody');
    const { request_id: id, ...problem } = await run(page);
    assert.deepEqual(problem, {
      title: 'Unauthorized',
      status: 401,
      detail: 'a credential is needed, such as Authorization: Bearer',
      code: 'UNAUTHENTICATED',
    });
    assert.match(id, /^[0-9a-f-]{36}$/);
    await answer(page).getByText('"a credential is needed, such as Authorization: Bearer"').waitFor();

    await caller(page).selectOption('customer');
    assert.equal((await succeed(page)).me.name, 'Yuki Hughes');
  }, ['Failed to load resource: the server responded with a status of 401 (Unauthorized)']);

  visit('finds a type and its description in the documentation', async (page) => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    const docs = page.getByRole('region', { name: 'Documentation Explorer' });
    await docs.getByRole('combobox').fill('Order');
    await docs.getByRole('option', { name: 'Order', exact: true }).click();

    await docs.locator('.graphiql-doc-explorer-title').getByText('Order', { exact: true }).waitFor();
    const description = docs.locator('.graphiql-markdown-description').first();
    assert.equal((await description.innerText()).trim(), 'Something somebody bought.');
  });

  visit('marks a mistake in a query, and shows the error when it is run', async (page) => {
    await operation(page).getByText('email').click();
    await page.keyboard.press('End');
    await page.keyboard.insertText(' shoeSize');
    await operation(page).locator('.squiggly-error').first().waitFor();

    const { data, errors } = await run(page);

    assert.equal(data, undefined);
    assert.deepEqual(
      errors.map(({ message, extensions }) => [extensions.code, message]),
      [['GRAPHQL_VALIDATION_FAILED', 'Cannot query field "shoeSize" on type "User".']],
    );
    await answer(page).getByText('Cannot query field').waitFor();
  }, ['Failed to load resource: the server responded with a status of 400 (Bad Request)']);

  it('would be caught asking anybody else', async () => {
    const { page, seen, close } = await open(browser);
    try {
      await page.goto(demo.url);
      await page.evaluate(() => fetch('https://elsewhere.example/under-policy').catch(() => {}));
      await page.goto('about:blank');
      await page.evaluate(() => fetch('https://elsewhere.example/without-policy').catch(() => {}));
    } finally {
      await close();
    }
    assert.deepEqual(seen.elsewhere, ['https://elsewhere.example/without-policy']);
    assert.match(seen.errors[0], /Content Security Policy/);
    assert.match(seen.errors.at(-1), /ERR_BLOCKED_BY_CLIENT/);
  });

  // visit is a test on a page of its own. In the end nobody else was asked, and the console has the errors named and no others:
  // Chromium writes one for every answer that is not a success.
  function visit(name, steps, errors = []) {
    it(name, async (t) => {
      const { page, seen, close } = await open(browser);
      try {
        await page.goto(demo.url);
        await ready(page);
        await steps(page);
      } catch (error) {
        t.diagnostic(`meanwhile: ${inspect({ elsewhere: seen.elsewhere, errors: seen.errors })}`);
        throw error;
      } finally {
        await close();
        t.diagnostic(`${seen.requests.length} requests, ${seen.elsewhere.length} of them elsewhere`);
      }
      assert.deepEqual(seen.elsewhere, []);
      assert.deepEqual(seen.errors, errors);
    });
  }
});

describe('serve without graphiql', { timeout }, () => {
  let gateway;
  before(async () => {
    gateway = await start('serve', '--config', 'serve.yml');
  });
  after(() => gateway?.stop());

  for (const path of ['/', '/graphiql/settings.json']) {
    it(`has nothing at ${path}`, async () => {
      const { status } = await fetch(gateway.url + path);
      assert.equal(status, 404);
    });
  }
});

const caller = (page) => page.getByLabel('Signed in as');
const operation = (page) => page.getByRole('region', { name: 'Operation Editor' });
const answer = (page) => page.getByRole('region', { name: 'Result Window' });
const runButton = (page) => page.getByRole('button', { name: /^Execute query/ });

// ready is when both editors are there. Before, the button does nothing.
async function ready(page) {
  await operation(page).locator('.view-line').first().waitFor();
  await answer(page).locator('.view-lines').waitFor({ state: 'attached' });
}

// run presses the button, which has another name until the answer has come, and copies the answer out of its pane: only what
// is in sight of it is in the document.
async function run(page) {
  await runButton(page).click();
  await runButton(page).waitFor();
  await answer(page).locator('.view-lines').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('ControlOrMeta+C');
  return JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
}

// succeed returns the data of an answer without errors.
async function succeed(page) {
  const shown = await run(page);
  assert.deepEqual(Object.keys(shown), ['data'], `got ${inspect(shown)}`);
  return shown.data;
}
