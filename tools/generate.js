// Generates the static protobuf code of src/wire/gen from schemas/*.proto.
// `--check` writes nothing and fails when what is committed is not what would be generated.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const check = process.argv.includes('--check');
const root = join(import.meta.dirname, '..');
const out = check ? mkdtempSync(join(tmpdir(), 'lowbeat-gen-')) : join(root, 'src/wire/gen');
const stale = [];

for (const file of readdirSync(join(root, 'schemas')).filter((name) => name.endsWith('.proto'))) {
  const name = file.slice(0, -'.proto'.length);
  execFileSync(process.execPath, [
    join(root, 'node_modules/protobufjs-cli/bin/pbjs'),
    '--target', 'static-module', '--wrap', 'esm', '--es6', '--dts',
    '--no-create', '--no-delimited', '--no-typeurl', '--no-convert', '--no-verify',
    // Each schema has its own root; without it all generated files share the global one.
    '--root', `lowbeat-${name}`,
    '--out', join(out, `${name}.js`),
    join(root, 'schemas', file),
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const made of [`${name}.js`, `${name}.d.ts`]) {
    const kept = join(root, 'src/wire/gen', made);
    if (check && (!existsSync(kept) || readFileSync(kept, 'utf8') !== readFileSync(join(out, made), 'utf8'))) {
      stale.push(made);
    }
  }
}
if (check) rmSync(out, { recursive: true });
if (stale.length > 0) {
  console.error(`src/wire/gen is not current (${stale.join(', ')}): run "npm run generate" and commit the result`);
  process.exit(1);
}
