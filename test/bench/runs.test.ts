// `npm run bench` itself: benchmarks at their small sizes that need no peers, and the page of all results.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { benchmarks } from '../../bench/benchmarks.js';
import { run } from '../cli/processes.js';
import { alone, compared, main, root, runSmall } from './small-sizes.js';

// Gateways are started some ten times, on whatever else the machine does.
t.setTimeout(175_000);

await t.test('rows as JSON, a file and a picture of each, one page of all', async (t) => {
  const { out, rows, results } = await runSmall(t, alone);
  const waiting = rows.filter(({ name, n }) => name === 'backlog' && n === 10_000);
  t.ok(waiting.some(({ metric, value }) => metric === 'a device drained after' && value > 0), 'devices of another process drained a real gateway');
  const left = rows.filter(({ name, metric }) => name === 'soak' && /^(left in the store|handles, growth)$/.test(metric));
  t.same(left.map(({ value }) => value), [0, 0], 'hours of phones leave nothing in the store, and no handle');

  for (const { name } of results) rmSync(join(out, `${name}.svg`));
  const report = await run(process.execPath, [join(root, 'dist/bench/report.js'), out]);
  t.equal(report.code, 0, report.stderr);
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  for (const { title } of results) t.ok(page.includes(title), title);
  t.equal(page.match(/<svg /g)?.length, results.length, 'with pictures, whether their files are still there or not');
  t.notMatch(page, /<(script|link)\b|src="http/, 'nothing is loaded from anywhere');
});

await t.test('every benchmark runs in the tests', (t) => {
  t.same([...alone, ...compared].sort(), benchmarks.map(({ name }) => name).sort());
  t.end();
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
