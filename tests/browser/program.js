// The program under test: bin/concierge, as make build left it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const binary = process.env.CONCIERGE ?? join(import.meta.dirname, '../../bin/concierge');
const patience = 10_000; // milliseconds to start or to end in

// start runs a command of the program and returns the URLs where it listens, for clients and for operators. Whoever starts it stops it.
export async function start(...args) {
  if (!existsSync(binary)) throw new Error('missing: bin/concierge. Please run make build.');
  const child = spawn(binary, args, { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill); // nothing outlives the tests, however they end
  const log = [];
  const failure = (what) => new Error(`concierge ${args.join(' ')} ${what}:\n${log.join('\n')}`);

  const [url, admin] = await new Promise((resolve, reject) => {
    const late = setTimeout(kill, patience);
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const addresses = /\blistening\b.*\bpublic\W+(127\.0\.0\.1:\d+).*\badmin\W+(127\.0\.0\.1:\d+)/.exec(line);
      if (!addresses) return;
      clearTimeout(late);
      resolve(addresses.slice(1).map((address) => `http://${address}`));
    });
    ended.then(() => reject(failure('did not start')), reject).finally(() => clearTimeout(late));
  });

  const stop = async () => {
    const late = setTimeout(kill, patience);
    child.kill();
    const [code] = await ended;
    clearTimeout(late);
    process.removeListener('exit', kill);
    if (code !== 0) throw failure('did not end well');
  };
  return { url, admin, stop };
}
