// GraphQL Code Generator: learns the schema from the running gateway, and writes the types of a document.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generate } from '@graphql-codegen/cli';

import { documents, signedIn, tell, url } from './lib.mjs';

const folder = await mkdtemp(join(tmpdir(), 'codegen-'));
await writeFile(join(folder, 'shop.graphql'), [documents.shop, documents.place].join('\n'));

/** The types that a schema and the documents give. */
async function types(schema) {
  const [file] = await generate({
    cwd: import.meta.dirname, // where its plugins are
    schema, documents: join(folder, 'shop.graphql'), silent: true, errorsOnly: true,
    generates: { [join(folder, 'types.ts')]: { plugins: ['typescript', 'typescript-operations'] } },
  }, false);
  return file.content;
}

const declared = (text, names) => Object.fromEntries(names.map((name) => [name, new RegExp(`export type ${name}\\b`).test(text)]));

const introspected = await types({ [url]: { headers: signedIn } });
await tell('introspection', () => declared(introspected, ['ShopQuery', 'ShopQueryVariables', 'PlaceMutation', 'PlaceOrderInput']));
await tell('sdl', async () => {
  const file = join(folder, 'schema.graphql');
  const answer = await fetch(new URL('/schema.graphql', url), { headers: signedIn });
  await writeFile(file, await answer.text());
  const code = (text) => text.replaceAll(/\s*\/\*\*[^]*?\*\//g, ''); // of introspected scalars it has no comments
  return { status: answer.status, same: code(await types(file)) === code(introspected) };
});
await tell('unsigned', async () => {
  try {
    return await types({ [url]: {} });
  } catch (error) {
    const [, status, code] = /"status":(\d+).*"code":"(\w+)"/.exec(error.message); // the answer stands in its message
    return { status: Number(status), code };
  }
});
await rm(folder, { recursive: true });
