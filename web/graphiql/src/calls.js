// What is known of the calls that the last operation made. The panel listens to it, and the fetcher feeds it.

export function createCalls() {
  let now = { state: 'none' };
  let last; // the run that began last
  let watchers = 0;
  const listeners = new Set();
  const become = (next) => {
    now = next;
    listeners.forEach((listener) => listener());
  };

  return {
    // current is one of: none, running, told with a trace, hidden from the caller, or untold, since nothing was run.
    current: () => now,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // watch asks for the calls of the operations to come, until the function that it returns is called.
    watch() {
      watchers++;
      return () => {
        watchers--;
      };
    },
    // begins returns a run of an operation: how it is to be sent, and what to tell when it has ended or failed. Its calls are asked
    // for while somebody watches; the schema is asked for by the page. A run that ends after a later one began is not shown.
    begins(operation) {
      if (watchers === 0 || operation.operationName === 'IntrospectionQuery') {
        return { sent: operation, ended: (answer) => answer, failed: () => {} };
      }
      const run = { state: 'running' };
      last = run;
      become(run);
      const ends = (next) => {
        if (last === run) become(next);
      };
      return {
        sent: { ...operation, extensions: { ...operation.extensions, trace: true } },
        // ended takes the calls out of an answer that has them, and returns the answer as it is without.
        ended(answer) {
          const { trace, ...others } = answer.extensions ?? {};
          if (trace === undefined) {
            ends({ state: 'data' in answer ? 'hidden' : 'untold' });
            return answer;
          }
          ends({ state: 'told', trace });
          const { extensions, ...shown } = answer;
          return Object.keys(others).length > 0 ? { ...shown, extensions: others } : shown;
        },
        failed: () => ends({ state: 'untold' }),
      };
    },
  };
}
