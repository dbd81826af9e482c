// The checklists that the project was given: each numbered row of Web Push, each lettered row of presence and each defect of the first
// prototypes has a test that is named after it.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

const root = join(import.meta.dirname, '../../..');

/** What the first prototypes got wrong. */
const defects = 12;

/** Names of all tests. */
function testNames(): readonly string[] {
  const folder = join(root, 'test');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).flatMap((file) => {
    const source = readFileSync(join(folder, file), 'utf8');
    return [...source.matchAll(/\bt\.test\(\s*['`]((?:[^'`\\]|\\.)*)['`]/g)].map(([, name = '']) => name);
  });
}

await t.test('each row of the Web Push checklist', (t) => {
  const rows = new Set(testNames().flatMap((name) => /^web-push ([\d, ]+):/.exec(name)?.[1]?.split(',').map(Number) ?? []));
  for (let row = 1; row <= 18; row += 1) t.ok(rows.has(row), `web-push ${row}`);
  t.end();
});

await t.test('each row of the presence checklist', (t) => {
  const named = testNames().flatMap((name) => /^presence ([^:]+):/.exec(name)?.[1]?.split(', ') ?? []);
  const rows = new Set(named);
  const lengths = { A: 8, B: 7, C: 8, H: 6, M: 5, S: 7, R: 5, I: 3, N: 4 };
  for (const [letter, length] of Object.entries(lengths)) {
    for (let row = 1; row <= length; row += 1) t.ok(rows.has(`${letter}${row}`), `presence ${letter}${row}`);
  }
  t.ok(named.filter((row) => row === 'regression').length >= defects, 'one for each defect of the first prototypes');
  t.end();
});
