// How the panel Calls says what it knows.

// duration is a time in microseconds as people read it.
export function duration(us) {
  if (us < 1000) return `${us} µs`;
  const ms = us / 1000;
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function bytes(n) {
  return n < 1024 ? `${n} B` : `${(n / 1024).toFixed(1)} KiB`;
}

// amount is so many of something. A name in the plural stays as it is, such as requests.
export function amount(n, name) {
  return `${n} ${n === 1 || name.endsWith('s') || name === 'cost' ? name : `${name}s`}`;
}

// callsOf says how many calls there were. What is known record by record is no call, and what was kept whole is none either.
export function callsOf({ calls, left_out = 0 }) {
  const made = calls.filter((call) => call.attempts?.length > 0);
  const services = new Set(made.map((call) => call.service));
  const keys = made.reduce((sum, call) => sum + call.keys, 0);
  return `${amount(made.length + left_out, 'call')} to ${amount(services.size, 'service')} for ${amount(keys, 'key')}.`;
}

// steps are the calls by the steps of the operation, in their order.
export function steps(calls) {
  const byLevel = new Map();
  for (const call of calls) byLevel.set(call.level, [...(byLevel.get(call.level) ?? []), call]);
  return [...byLevel].sort(([a], [b]) => a - b).map(([level, calls]) => ({ level, calls }));
}

const withheld = { open: 'breaker open', no_endpoint: 'no endpoint', no_time: 'no time left', shed: 'no room' };

// codes are what is to be noticed about a call, in a few words each.
export function codes(call) {
  const good = (text) => text && { text, bad: false };
  const bad = (text) => text && { text, bad: true };
  return [
    good(call.records ? `${call.cache}, by record` : call.cache),
    bad(call.withheld && (withheld[call.withheld] ?? call.withheld)),
    bad(call.status >= 500 && String(call.status)),
    bad(call.error),
    bad(call.fallback && 'fallback'),
    bad(call.retries > 0 && (call.retries === 1 ? '1 retry' : `${call.retries} retries`)),
    good(call.hedges > 0 && 'hedged'),
  ].filter(Boolean);
}

// share is where something lies in the time of the operation, as the style of a bar.
export function share({ start_us, took_us }, total) {
  const percent = (us) => `${(100 * Math.min(us / Math.max(total, 1), 1)).toFixed(2)}%`;
  return { left: percent(start_us), width: percent(took_us) };
}
