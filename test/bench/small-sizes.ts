// `npm run bench` at its small sizes, as a child that runs to its end. What is looked at is that figures are there and whole, never how
// fast this machine is.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

import type { Row } from '../../bench/harness/benchmark.js';
import { readResults } from '../../bench/harness/results.js';
import type { Result } from '../../bench/harness/results.js';
import { run } from '../cli/processes.js';

export const root = join(import.meta.dirname, '../../..');
export const main = join(root, 'dist/bench/main.js');

/** Those that look at a gateway, or at nothing but the code: in `runs.test.ts`. */
export const alone = ['presence', 'backlog', 'soak', 'bytes', 'radio', 'pieces'];
/** Those that put it beside others, or keep many connections: in `comparisons.test.ts`, which runs at the same time. */
export const compared = ['idle', 'connects', 'notifications', 'web-push', 'heartbeats'];

const seed = 7;

/** Files of results, and the rows that were printed. */
export async function runSmall(t: Test, names: readonly string[], { openFiles }: { readonly openFiles?: number } = {}): Promise<{
  readonly out: string;
  readonly rows: readonly Row[];
  readonly results: readonly Result[];
}> {
  const out = mkdtempSync(join(tmpdir(), 'lowbeat-bench-'));
  t.teardown(() => rmSync(out, { recursive: true, force: true }));
  const args = [main, ...names, '--json', '--seed', String(seed), '--out', out];
  const { code, stdout, stderr } = openFiles === undefined
    ? await run(process.execPath, args)
    : await run('/bin/sh', ['-c', `ulimit -n ${openFiles} && exec "$0" "$@"`, process.execPath, ...args]);
  t.equal(code, 0, stderr);
  const rows = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Row);
  const results = readResults(out);
  t.same(results.map((result) => result.name), names.toSorted(), 'each left a file');
  for (const name of names) check(t, name, { out, rows, results });
  t.same(readdirSync(join(out, 'scratch')), [], 'no folder of a subject is left');
  return { out, rows, results };
}

function check(t: Test, name: string, { out, rows, results }: { readonly out: string; readonly rows: readonly Row[]; readonly results: readonly Result[] }): void {
  const own = rows.filter((row) => row.name === name);
  t.ok(own.some(({ subject }) => subject.startsWith('lowbeat')), `${name} measures Lowbeat`);
  for (const row of own) {
    t.same(Object.keys(row), ['name', 'subject', 'n', 'metric', 'value', 'unit'], `${row.name}, ${row.subject}, ${row.metric}`);
    t.ok(Number.isFinite(row.value), `${row.name}, ${row.subject}, ${row.metric}: ${row.value} is a number`);
  }
  const result = results.find((each) => each.name === name);
  t.match(result, { seed, full: false, machine: { node: process.version } }, `${name} says how and where it was measured`);
  t.same(result?.rows.map(({ subject, n, metric, value }) => ({ subject, n, metric, value })), own
    .map(({ subject, n, metric, value }) => ({ subject, n, metric, value })), 'the file has the rows that were printed');
  const picture = readFileSync(join(out, `${name}.svg`), 'utf8');
  t.match(picture, /^<svg [^]*<rect class="own"[^]*<\/svg>\n$/, `${name} has a picture with a bar of ours`);
  t.notMatch(picture, 'NaN');
}
