// What GraphiQL remembers between visits: tabs, history and theme. The prefix keeps it apart from other GraphiQL pages that
// were served from the same address, whose queries do not fit this schema.

const prefix = 'concierge:';

export const storage = {
  getItem: (key) => localStorage.getItem(prefix + key),
  setItem: (key, value) => localStorage.setItem(prefix + key, withoutHeaders(key, value)),
  removeItem: (key) => localStorage.removeItem(prefix + key),
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return keys().length;
  },
};

function keys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
}

// withoutHeaders keeps tokens typed into the headers editor out of the history; shouldPersistHeaders speaks of tabs alone.
function withoutHeaders(key, value) {
  if (!/:(queries|favorites)$/.test(key)) return value;
  return JSON.stringify(JSON.parse(value), (name, member) => (name === 'headers' ? undefined : member));
}
