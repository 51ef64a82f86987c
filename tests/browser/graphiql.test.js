// What a person with a browser meets at the gateway.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { launch, open } from './browser.js';
import { start } from './program.js';

const timeout = 120_000;

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

  visit('shows an admin the calls of an operation, what it cost and what is left, all by keyboard', async (page) => {
    await caller(page).selectOption('admin');
    await page.getByRole('button', { name: 'Show Calls' }).focus();
    await page.keyboard.press('Enter');
    await calls(page).getByText('Run an operation to see').waitFor();

    const { me } = await succeed(page); // the answer is shown as it is without the panel

    await calls(page).getByText(/^\d+ calls? to \d services? for \d+ keys?\.$/).waitFor();
    const orders = me.orders.nodes;
    const products = new Set(orders.flatMap((order) => order.items.map((item) => item.product.name)));
    assert.deepEqual(await keysByService(page), { user: 1, order: 1, payment: orders.length, product: products.size });
    for (const service of ['user', 'order']) assert.ok(await barWidth(page, service), `got no bar for ${service}`);
    await calls(page).getByRole('heading', { name: 'Step 3' }).waitFor();
    await calls(page).getByText(/^\d+ of at most \d+$/).first().waitFor();
    const limit = calls(page).getByRole('row', { name: /^caller / });
    assert.match(await limit.innerText(), /1 requests\s+\d+ of 6000 in 1m\s+0 s/);

    await tabTo(page, 'summary');
    await page.keyboard.press('Enter');
    await calls(page).getByText('GET /users').waitFor();
    await calls(page).getByText(/^endpoint 1, .*, 200$/).first().waitFor();

    await page.getByRole('button', { name: 'Hide Calls' }).click();
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await succeed(page);
    assert.equal((await sent).postDataJSON().extensions, undefined, 'calls are asked for though nobody looks at them');
  });

  visit('shows the calls of a narrow page, and of every operation that is run while the panel is open', async (page) => {
    await page.setViewportSize({ width: 640, height: 800 });
    await caller(page).selectOption('admin');
    await page.getByRole('button', { name: 'Show Calls' }).click();
    await run(page);
    await calls(page).locator('summary').first().waitFor();
    const [wanted, given] = await calls(page).evaluate((panel) => [panel.scrollWidth, panel.clientWidth]);
    assert.ok(wanted <= given, `the panel wants to be ${wanted} wide, and has ${given}`);

    await caller(page).selectOption('customer');
    await run(page);
    await calls(page).getByText('Only callers with the scope gateway:trace may see the calls of an operation.').waitFor();
    assert.equal(await calls(page).locator('summary').count(), 0);

    await caller(page).selectOption('nobody');
    await run(page);
    await calls(page).getByText('The operation was not run, so nothing was called.').waitFor();
  }, ['Failed to load resource: the server responded with a status of 401 (Unauthorized)']);

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
const calls = (page) => page.getByRole('region', { name: 'Calls' });
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

// keysByService sums up what the panel says that services were asked for, or need not have been.
async function keysByService(page) {
  const keys = {};
  for (const text of await calls(page).locator('summary').allInnerTexts()) {
    const [, service, n] = /^(\w+)\s+(\d+) keys?\b/.exec(text);
    keys[service] = (keys[service] ?? 0) + Number(n);
  }
  return keys;
}

// barWidth is how wide the first attempt of a service's call is drawn.
async function barWidth(page, service) {
  const call = calls(page).locator('summary').filter({ hasText: service }).first();
  return (await call.locator('.calls-attempt').first().boundingBox())?.width;
}

// tabTo presses the tabulator until the focus is on an element of the panel.
async function tabTo(page, name) {
  await page.getByRole('button', { name: 'Hide Calls' }).focus();
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab');
    const found = (panel, name) => panel.contains(document.activeElement) && document.activeElement.localName === name;
    if (await calls(page).evaluate(found, name)) return;
  }
  assert.fail(`the tabulator never leads to a ${name} of the panel`);
}

// succeed returns the data of an answer without errors.
async function succeed(page) {
  const shown = await run(page);
  assert.deepEqual(Object.keys(shown), ['data'], `got ${inspect(shown)}`);
  return shown.data;
}
