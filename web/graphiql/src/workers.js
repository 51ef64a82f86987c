// Monaco's workers are bundles of their own; index.html knows the names that the build gave them.

const { editorWorker, graphqlWorker, jsonWorker } = document.getElementById('root').dataset;

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = { graphql: graphqlWorker, json: jsonWorker }[label] ?? editorWorker;
    return new Worker(new URL(name, import.meta.url), { type: 'module' });
  },
};
