// Builds the page into ../dist: assets/ holds what index.html names, each file under the hash of its content, so that
// browsers may keep it for ever. Every file is stored as gzip only: brotli would save a sixth of one download, at twice
// the size in the repository and in the program, and browsers do not offer it on plain HTTP. The compressor is JavaScript
// because Node's zlib gives other bytes on other machines.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { gzip } from 'pako';

const root = import.meta.dirname;
const dist = join(root, '../dist');

// One build for the page and its workers lets them share chunks.
const entryPoints = {
  main: 'src/main.jsx',
  icon: 'src/icon.svg',
  'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
  'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
  'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
};

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: 'assets',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  loader: { '.svg': 'copy', '.ttf': 'file' },
  // GraphiQL asks for Prettier's parsers by their CommonJS names, in which no bundler finds the exports it needs.
  alias: {
    'prettier/parser-babel': 'prettier/plugins/babel',
    'prettier/parser-graphql': 'prettier/plugins/graphql',
  },
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none', // licenses.txt has them all
  metafile: true,
  write: false,
});

const outputs = Object.entries(metafile.outputs);
const entry = (source) => outputs.find(([, output]) => output.entryPoint?.endsWith(source));
const style = entry(entryPoints.main)[1].cssBundle;
const icon = outputs.find(([path]) => path.endsWith('.svg'))[0];

const index = (await readFile(join(root, 'src/index.html'), 'utf8'))
  .replace('{{main}}', basename(entry(entryPoints.main)[0]))
  .replace('{{style}}', basename(style))
  .replace('{{icon}}', basename(icon))
  .replace('{{editor worker}}', basename(entry(entryPoints['editor.worker'])[0]))
  .replace('{{graphql worker}}', basename(entry(entryPoints['graphql.worker'])[0]))
  .replace('{{json worker}}', basename(entry(entryPoints['json.worker'])[0]));

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, 'assets'), { recursive: true });
await store('index.html', index);
await store('licenses.txt', await licenses());
for (const { path, contents } of outputFiles) {
  const name = basename(path);
  // esbuild writes the styles of each chunk once more beside it; the page's own style sheet has them.
  if (name.endsWith('.css') && name !== basename(style)) continue;
  await store(join('assets', name), contents);
}

async function store(name, contents) {
  await writeFile(join(dist, `${name}.gz`), gzip(contents, { level: 9 }));
}

// licenses gathers the notices of every package that is in the bundle, as their licenses ask.
async function licenses() {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder) folders.add(folder);
  }
  const parts = [];
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const part = [`${name} ${version}: ${license}`];
    for (const file of (await readdir(join(root, folder))).sort()) {
      if (!/^(licen[cs]e|copying|notice|thirdpartynotices)/i.test(file)) continue;
      part.push((await readFile(join(root, folder, file), 'utf8')).trim());
    }
    parts.push(part.join('\n\n'));
  }
  return parts.join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}
