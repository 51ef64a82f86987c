// A plain GraphQL server without HTTP: graphql-js, the schema as the gateway serves it, and resolvers that ask the services for one
// record at a time. tests/reference_test.go compares the gateway with it.
//
// It reads a JSON line for each question, and answers with one: {"open"} says the schema and the services, {"run"} executes an
// operation, and {"judge"} says whether it would be executed.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

import { resolvers } from './resolvers.mjs';

const require = createRequire(new URL('../clients/package.json', import.meta.url));
const graphql = require('graphql');
const { GraphQLError } = graphql;

let schema;
let services;

/** Makes the schema of an introspection's answer or of SDL, and gives it the resolvers. */
function open({ introspected, sdl, urls }) {
  services = urls;
  schema = sdl ? graphql.buildSchema(sdl) : graphql.buildClientSchema(introspected);
  for (const [type, fields] of Object.entries(resolvers)) {
    for (const [field, resolve] of Object.entries(fields)) schema.getType(type).getFields()[field].resolve = resolve;
  }
  return { types: Object.keys(schema.getTypeMap()).length, amiss: graphql.validateSchema(schema).map(({ message }) => message) };
}

/** The question by which tools learn a schema, with all that it can ask. */
const introspection = () => ({
  query: graphql.getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }),
});

/** Everything that the specification asks of a request before it is executed, by the stage that refuses it. */
function judge({ query, name, variables }) {
  let document;
  try {
    document = graphql.parse(query);
  } catch (error) {
    return { stage: 'parse', messages: [error.message] };
  }
  const invalid = graphql.validate(schema, document);
  if (invalid.length > 0) return { stage: 'validate', messages: invalid.map(({ message }) => message), document };
  const operation = graphql.getOperationAST(document, name);
  if (!operation) return { stage: 'operation', messages: ['no operation is named'], document };
  const { errors } = graphql.getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  if (errors) return { stage: 'variables', messages: errors.map(({ message }) => message), document };
  return { stage: 'run', kind: operation.operation, document };
}

async function run(asked) {
  const { document, ...verdict } = judge(asked);
  if (verdict.stage !== 'run') return verdict;
  const contextValue = { services, caller: asked.caller, ahead: false };
  const result = await graphql.execute({ schema, document, operationName: asked.name, variableValues: asked.variables, contextValue });
  return {
    ...verdict, ahead: contextValue.ahead, data: result.data ?? null,
    errors: (result.errors ?? []).map((error) => ({ path: error.path, message: error instanceof GraphQLError ? error.message : String(error) })),
  };
}

function judged(asked) {
  const { document, ...verdict } = judge(asked);
  return verdict;
}

const questions = { introspection, open, run, judge: judged };

// Questions are answered as their answers are there: whoever asks tells them by their ids.
for await (const line of createInterface({ input: process.stdin })) {
  const { id, ask, ...asked } = JSON.parse(line);
  Promise.resolve()
    .then(() => questions[ask](asked))
    .catch((error) => ({ broken: String(error.stack) }))
    .then((answer) => process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`));
}
