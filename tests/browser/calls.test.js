// What the page knows of the calls of the last operation, without a browser.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { createCalls } from '../../web/graphiql/src/calls.js';

const answer = (name) => ({ data: {}, extensions: { trace: { name } } });

it('shows the calls of the run that began last, however late another one ends', () => {
  const calls = createCalls();
  calls.watch();
  const first = calls.begins({ query: '{ first }' });
  const second = calls.begins({ query: '{ second }' });
  assert.deepEqual(second.ended(answer('second')), { data: {} });
  assert.deepEqual(first.ended(answer('first')), { data: {} });
  assert.deepEqual(calls.current(), { state: 'told', trace: { name: 'second' } });
  first.failed();
  assert.equal(calls.current().trace.name, 'second');
});

it('asks for nothing while nobody watches', () => {
  const calls = createCalls();
  const operation = { query: '{ me }' };
  calls.watch()();
  assert.equal(calls.begins(operation).sent, operation);
  assert.deepEqual(calls.current(), { state: 'none' });
});
