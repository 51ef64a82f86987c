// The panel Calls: which calls to services the last operation made, what it cost, and what is left of the caller's limits.

import { useEffect, useSyncExternalStore } from 'react';
import { amount, bytes, callsOf, codes, duration, share, steps } from './callstext.js';

// createCallsPlugin is GraphiQL's plugin for what calls knows. scope is what callers need to see it.
export function createCallsPlugin(calls, scope) {
  return { title: 'Calls', icon: Icon, content: () => <Panel calls={calls} scope={scope} /> };
}

function Icon(props) {
  return (
    <svg height="1em" viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth="1.5" {...props}>
      <path d="M1 2.5h6M4 7h7M6 11.5h7" strokeLinecap="round" />
    </svg>
  );
}

function Panel({ calls, scope }) {
  useEffect(() => calls.watch(), [calls]);
  const { state, trace } = useSyncExternalStore(calls.listen, calls.current);
  return (
    <section className="calls" aria-label="Calls">
      <h2 className="calls-title">Calls</h2>
      <p role="status" className="calls-status">
        {sentence(state, scope, trace)}
      </p>
      {state === 'told' && <Told trace={trace} />}
    </section>
  );
}

function sentence(state, scope, trace) {
  switch (state) {
    case 'none':
      return 'Run an operation to see which calls to services it makes. They are asked for while this panel is open.';
    case 'running':
      return 'The operation is running.';
    case 'hidden':
      return `Only callers with the scope ${scope} may see the calls of an operation. The operation was run.`;
    case 'untold':
      return 'The operation was not run, so nothing was called. The answer says why.';
    default:
      return told(trace);
  }
}

function told(trace) {
  switch (trace.answer) {
    case 'kept':
      return `The whole answer was kept, ${amount(trace.age_seconds ?? 0, 'second')} old: no service was called.`;
    case 'shared':
      return 'The same operation was under way already, and its answer is for both. The other one knows of the calls.';
    case 'refused':
      return 'The operation was refused before it was run, so nothing was called.';
    default:
      return trace.calls.length === 0 ? 'The operation was run without any call.' : callsOf(trace);
  }
}

function Told({ trace }) {
  return (
    <>
      <Figures trace={trace} />
      {steps(trace.calls).map(({ level, calls }) => (
        <Step key={level} level={level} calls={calls} total={trace.took_us} />
      ))}
      {trace.left_out > 0 && <p>{amount(trace.left_out, 'further call')} not shown.</p>}
      {trace.limits?.length > 0 && <Limits limits={trace.limits} />}
    </>
  );
}

function Figures({ trace: { took_us, gateway_us, execution, answer, cost } }) {
  const rows = [['Time', duration(took_us)]];
  if (answer === 'executed') rows.push(['of it in the gateway', duration(gateway_us)]);
  if (execution) rows.push(['Executed by', execution]);
  if (cost) {
    rows.push(['Cost', `${cost.actual} of at most ${cost.estimated}`]);
    rows.push(['Calls that count', `${cost.calls.actual} of at most ${cost.calls.estimated}`]);
    rows.push(['Keys that count', `${cost.keys.actual} of at most ${cost.keys.estimated}`]);
  }
  return (
    <dl className="calls-figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Step({ level, calls, total }) {
  const name = level === 0 ? 'Write' : `Step ${level}`;
  return (
    <>
      <h3>{name}</h3>
      <ol className="calls-list" aria-label={name}>
        {calls.map((call, i) => (
          <li key={i}>
            <Call call={call} total={total} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Call({ call, total }) {
  return (
    <details className="calls-call">
      <summary>
        <span className="calls-service">{call.service}</span> <span className="calls-keys">{amount(call.keys, 'key')}</span>{' '}
        {codes(call).map(({ text, bad }) => (
          <span key={text}>
            <span className={bad ? 'calls-code calls-bad' : 'calls-code'}>{text}</span>{' '}
          </span>
        ))}
        <span className="calls-time">{call.records ? 'no call' : duration(call.took_us)}</span>
        <Bar call={call} total={total} />
      </summary>
      <Details call={call} />
    </details>
  );
}

// Bar shows when a call was made: all of it, and its attempts within.
function Bar({ call, total }) {
  const bad = codes(call).some((code) => code.bad);
  return (
    <span className={bad ? 'calls-bar calls-bad' : 'calls-bar'} aria-hidden="true">
      <span className={call.attempts ? 'calls-whole' : 'calls-whole calls-known'} style={share(call, total)} />
      {call.attempts?.map((attempt, i) => (
        <span key={i} className="calls-attempt" style={share(attempt, total)} />
      ))}
    </span>
  );
}

function Details({ call }) {
  const rows = [
    ['Call', `${call.method} ${call.path}`],
    ['For', call.fields?.join(', ')],
    ['Read', call.read],
    ['Batch', call.batch],
    ['Began after', duration(call.start_us)],
    ['Status', call.status],
    ['Size', call.bytes && bytes(call.bytes)],
    ['Answered by', call.fallback && `fallback: ${call.fallback}`],
  ];
  return (
    <dl className="calls-details">
      {rows
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      {call.attempts?.map((attempt, i) => (
        <div key={i}>
          <dt>Attempt {i + 1}</dt>
          <dd>
            {[`endpoint ${attempt.endpoint}`, duration(attempt.took_us), attempt.code, attempt.hedge && 'hedge']
              .filter(Boolean)
              .join(', ')}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Limits({ limits }) {
  return (
    <table className="calls-limits">
      <caption>Limits</caption>
      <thead>
        <tr>
          <th scope="col">Limit</th>
          <th scope="col">Charged</th>
          <th scope="col">Left</th>
          <th scope="col">Again in</th>
        </tr>
      </thead>
      <tbody>
        {limits.map((limit) => (
          <tr key={limit.name}>
            <th scope="row">
              {limit.name}
              {limit.measured && ' (measured only)'}
            </th>
            <td>{amount(limit.charged, limit.counts)}</td>
            <td>
              {limit.remaining} of {limit.limit} in {limit.per}
            </td>
            <td>{limit.wait_seconds < 0 ? 'never' : `${limit.wait_seconds} s`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
