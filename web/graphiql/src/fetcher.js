// createFetcher sends GraphiQL's operations to the endpoint as whom token() names. An Authorization header typed into the
// headers editor wins, in any letter case. calls asks for what an operation does, and is told.
export function createFetcher(endpoint, token, calls) {
  return async (operation, { headers } = {}) => {
    const sent = new Headers(headers);
    sent.set('Content-Type', 'application/json');
    if (!sent.has('Accept')) sent.set('Accept', 'application/graphql-response+json, application/json;q=0.9');
    if (token() && !sent.has('Authorization')) sent.set('Authorization', `Bearer ${token()}`);

    const run = calls.begins(operation);
    let answer, text;
    try {
      answer = await fetch(endpoint, { method: 'POST', headers: sent, body: JSON.stringify(run.sent) });
      text = await answer.text();
    } catch (error) {
      run.failed();
      throw error;
    }
    return run.ended(parse(text) ?? { errors: [{ message: `${answer.status} ${answer.statusText}: ${text}` }] });
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
