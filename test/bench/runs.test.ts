// `npm run bench` itself, with two benchmarks that are quick: one that only computes, and one with a real gateway and processes
// that load it. Figures are looked at for being there and whole, never for how fast this machine is.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { benchmarks } from '../../bench/benchmarks.js';
import type { Row } from '../../bench/harness/benchmark.js';
import { readResults } from '../../bench/harness/results.js';
import { run } from '../cli/processes.js';

// A gateway is started twice, on whatever else the machine does.
t.setTimeout(150_000);

const root = join(import.meta.dirname, '../../..');
const main = join(root, 'dist/bench/main.js');

await t.test('rows as JSON, a file and a picture of each, one page of all', async (t) => {
  const out = mkdtempSync(join(tmpdir(), 'lowbeat-bench-'));
  t.teardown(() => rmSync(out, { recursive: true, force: true }));
  const { code, stdout, stderr } = await run(process.execPath, [main, 'backlog', 'radio', '--json', '--seed', '7', '--out', out]);
  t.equal(code, 0, stderr);
  const rows = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Row);
  for (const row of rows) {
    t.same(Object.keys(row), ['name', 'subject', 'n', 'metric', 'value', 'unit'], `${row.name}, ${row.subject}, ${row.metric}`);
    t.ok(Number.isFinite(row.value));
  }
  const waiting = rows.filter(({ name, n }) => name === 'backlog' && n === 10_000);
  t.ok(waiting.some(({ metric, value }) => metric === 'a device drained after' && value > 0), 'devices of another process drained a real gateway');
  t.ok(rows.some(({ name, subject }) => name === 'radio' && subject.startsWith('lowbeat')));

  const results = readResults(out);
  t.same(results.map(({ name, seed, full }) => ({ name, seed, full })), [{ name: 'backlog', seed: 7, full: false }, { name: 'radio', seed: 7, full: false }]);
  for (const { name, machine, rows: kept } of results) {
    t.ok(machine.cores > 0 && machine.node === process.version, `${name} says where it was measured`);
    t.same(kept.map(({ subject, n, metric, value }) => ({ subject, n, metric, value })), rows.filter((row) => row.name === name)
      .map(({ subject, n, metric, value }) => ({ subject, n, metric, value })), 'the file has the rows that were printed');
    t.ok(existsSync(join(out, `${name}.svg`)));
  }
  t.same(readdirSync(join(out, 'scratch')), [], 'no folder of a subject is left');

  const report = await run(process.execPath, [join(root, 'dist/bench/report.js'), out]);
  t.equal(report.code, 0, report.stderr);
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  for (const { title } of results) t.ok(page.includes(title), title);
  t.notMatch(page, /<(script|link)\b|src="http/, 'nothing is loaded from anywhere');
});

await t.test('a name that is wrong is told with those that are right', async (t) => {
  const { code, stderr } = await run(process.execPath, [main, 'idel']);
  t.not(code, 0);
  t.match(stderr, /no benchmark idel; there are idle, /);
});

await t.test('docs/performance.md tells of every benchmark', (t) => {
  const document = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  for (const { name } of benchmarks) t.ok(document.includes(`\`${name}\``), name);
  t.end();
});
