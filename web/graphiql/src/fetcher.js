// createFetcher sends GraphiQL's operations to the endpoint as whom token() names. An Authorization header typed into the
// headers editor wins, in any letter case.
export function createFetcher(endpoint, token) {
  return async (operation, { headers } = {}) => {
    const sent = new Headers(headers);
    sent.set('Content-Type', 'application/json');
    if (!sent.has('Accept')) sent.set('Accept', 'application/graphql-response+json, application/json;q=0.9');
    if (token() && !sent.has('Authorization')) sent.set('Authorization', `Bearer ${token()}`);

    const answer = await fetch(endpoint, { method: 'POST', headers: sent, body: JSON.stringify(operation) });
    const text = await answer.text();
    try {
      return JSON.parse(text);
    } catch {
      return { errors: [{ message: `${answer.status} ${answer.statusText}: ${text}` }] };
    }
  };
}
