import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import './calls.css';
import './workers.js';

import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { createCalls } from './calls.js';
import { createCallsPlugin } from './callspanel.jsx';
import { createFetcher } from './fetcher.js';
import { storage } from './storage.js';

function SignedInAs({ tokens, onChange }) {
  // Without autoComplete, a reload would show the old choice and use the first.
  return (
    <label className="signed-in">
      Signed in as
      <select autoComplete="off" onChange={(event) => onChange(tokens[event.target.value]?.value)}>
        {tokens.map(({ name }, i) => (
          <option key={i} value={i}>
            {name}
          </option>
        ))}
        <option value="">nobody</option>
      </select>
    </label>
  );
}

// start shows GraphiQL. The fetcher stays the same when another caller is chosen: GraphiQL would read the schema anew for
// a new one.
function start({ endpoint, query, tokens = [], trace_scope: scope }) {
  let token = tokens[0]?.value;
  const calls = createCalls();
  const fetcher = createFetcher(endpoint, () => token, calls);
  const plugins = scope ? [HISTORY_PLUGIN, createCallsPlugin(calls, scope)] : [HISTORY_PLUGIN];
  createRoot(root).render(
    <GraphiQL fetcher={fetcher} defaultQuery={query} plugins={plugins} shouldPersistHeaders={false} storage={storage}>
      <GraphiQL.Logo>
        {tokens.length > 0 && <SignedInAs tokens={tokens} onChange={(value) => (token = value)} />}
        Concierge
      </GraphiQL.Logo>
    </GraphiQL>,
  );
}

const root = document.getElementById('root');
try {
  const answer = await fetch(new URL('../settings.json', import.meta.url));
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  start(await answer.json());
} catch (error) {
  root.textContent = `The settings of this page cannot be loaded: ${error.message}`;
}
