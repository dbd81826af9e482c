// The checklists that the project was given: each numbered row of Web Push has a test that is named after it.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

const root = join(import.meta.dirname, '../../..');

/** Names of all tests. */
function testNames(): readonly string[] {
  const folder = join(root, 'test');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).flatMap((file) => {
    const source = readFileSync(join(folder, file), 'utf8');
    return [...source.matchAll(/\bt\.test\(\s*'((?:[^'\\]|\\.)*)'/g)].map(([, name = '']) => name);
  });
}

await t.test('each row of the Web Push checklist', (t) => {
  const rows = new Set(testNames().flatMap((name) => /^web-push ([\d, ]+):/.exec(name)?.[1]?.split(',').map(Number) ?? []));
  for (let row = 1; row <= 18; row += 1) t.ok(rows.has(row), `web-push ${row}`);
  t.end();
});
