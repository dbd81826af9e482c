// The pages as browsers get them: one script, one style, and the shell that names them. Their names carry a hash of what is in them, so
// that browsers may keep them for good.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'dist/web');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/web/main.tsx', 'src/web/style.css'],
  outdir: folder,
  entryNames: '[name]-[hash]',
  // What is loaded only when somebody wants it.
  chunkNames: 'part-[hash]',
  splitting: true,
  bundle: true,
  minify: true,
  metafile: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
});
const names = Object.keys(metafile.outputs).map((path) => basename(path));
const named = (ending) => names.find((name) => name.endsWith(ending) && !name.startsWith('part-'));
writeFileSync(join(folder, 'index.html'), `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lowbeat</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/${named('.css')}">
<script type="module" src="/assets/${named('.js')}"></script>
</head>
<body>
<div id="app"></div>
<noscript>These pages need JavaScript. Everything they do can be done at /console/v1, too.</noscript>
</body>
</html>
`);
