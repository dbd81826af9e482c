// What stands between what was measured and what is told: medians, order, ratios, corrected latencies.

import t from 'tap';

import { holds, rowsOf } from '../../bench/harness/benchmark.js';
import type { Row } from '../../bench/harness/benchmark.js';
import { Latencies, merged, nowMicros } from '../../bench/harness/latencies.js';
import { barPicture } from '../../bench/harness/picture.js';
import { median, orderOf, ratioTarget, slope, summarize, valueOf } from '../../bench/harness/statistics.js';
import { numberText, resultTable, targetTable } from '../../bench/harness/table.js';
import { pace } from '../../bench/load/pace.js';

function row(subject: string, n: number, value: number, metric = 'memory'): Row {
  return { name: 'idle', subject, n, metric, value, unit: 'B' };
}

await t.test('medians over rounds, with lowest and highest', (t) => {
  t.equal(median([3]), 3);
  t.equal(median([9, 1, 5]), 5);
  t.equal(median([9, 1, 5, 3]), 4);
  t.throws(() => median([]), RangeError);
  const rows = summarize([row('lowbeat', 10, 5), row('aedes', 10, 50), row('lowbeat', 10, 7), row('lowbeat', 10, 1), row('lowbeat', 20, 2)]);
  t.same(rows, [
    { ...row('lowbeat', 10, 5), low: 1, high: 7, rounds: 3 },
    { ...row('aedes', 10, 50), low: 50, high: 50, rounds: 1 },
    { ...row('lowbeat', 20, 2), low: 2, high: 2, rounds: 1 },
  ]);
  t.end();
});

await t.test('the order turns around in every other round', (t) => {
  t.same([0, 1, 2].map((round) => orderOf(['a', 'b', 'c'], round)), [['a', 'b', 'c'], ['c', 'b', 'a'], ['a', 'b', 'c']]);
  t.end();
});

await t.test('targets: a ratio of medians at the greatest size, and none where a peer is missing', (t) => {
  const rows = summarize([row('lowbeat', 10, 100), row('lowbeat', 20, 30), row('aedes', 20, 60), row('aedes', 10, 1)]);
  t.equal(valueOf(rows, { subject: 'lowbeat', metric: 'memory' }), 30);
  t.equal(valueOf(rows, { subject: 'lowbeat', metric: 'memory', n: 10 }), 100);
  const target = { what: 'of aedes', of: { subject: 'lowbeat', metric: 'memory' }, to: { subject: 'aedes', metric: 'memory' }, sense: 'at most', limit: 0.5 } as const;
  const [found] = ratioTarget(rows, target);
  t.match(found, { figure: 0.5, limit: 0.5, sense: 'at most', unit: '×' });
  t.ok(found && holds(found), 'at most includes the limit');
  t.notOk(holds({ what: '', figure: 0.51, sense: 'at most', limit: 0.5, unit: '' }));
  t.notOk(holds({ what: '', figure: 4, sense: 'at least', limit: 5, unit: '' }));
  t.notOk(holds({ what: '', figure: Number.NaN, sense: 'at most', limit: 5, unit: '' }), 'what was not measured does not hold');
  t.same(ratioTarget(rows, { ...target, to: { subject: 'mosquitto', metric: 'memory' } }), []);
  t.end();
});

await t.test('growth is the slope of a line', (t) => {
  t.equal(slope([[0, 1], [1, 3], [2, 5]]), 2);
  t.equal(slope([[0, 7], [10, 7]]), 0);
  t.equal(slope([[1, 1]]), 0);
  t.end();
});

await t.test('latencies: a stall in a closed loop counts for those that it kept waiting', (t) => {
  const closed = new Latencies();
  for (let time = 0; time < 99; time += 1) closed.recordClosed(1_000, 1_000);
  closed.recordClosed(100_000, 1_000);
  t.equal(closed.count, 199, 'one of 100 ms hides 99 others that were due meanwhile');
  t.ok(closed.milliseconds(75) > 40, 'and three quarters are not at 1 ms');
  const open = new Latencies();
  for (let time = 0; time < 99; time += 1) open.record(1_000);
  open.record(100_000);
  t.equal(open.count, 100, 'where each counts from when it was due, nothing is added');
  const both = merged([closed.packed(), open.packed()]);
  t.equal(both.count, 299, 'histograms cross between processes');
  t.ok(Math.abs(both.milliseconds(100) - 100) < 0.1);
  t.same(Object.keys(both.metrics('answered')), ['answered p50', 'answered p99', 'answered p99.9']);
  t.end();
});

await t.test('load at a rate sends each once, in order; who is held up counts from when it was due', async (t) => {
  const sent: number[] = [];
  const since: number[] = [];
  const gapMicros = 10;
  const before = nowMicros();
  let firstAt = 0;
  await pace({ rate: 1_000_000 / gapMicros, count: 2_000, send: (index, sinceMicros) => {
    // The subject stalls the sender for longer than all of the load should take.
    if (index === 0) for (firstAt = nowMicros(); nowMicros() < firstAt + 30_000;);
    sent.push(index);
    since.push(sinceMicros);
  } });
  t.same(sent, Array.from({ length: 2_000 }, (_, index) => index));
  t.ok(since.every((micros, index) => micros >= before + index * gapMicros), 'none from before it was due');
  t.ok(since.every((micros, index) => micros <= firstAt + index * gapMicros + 1_500), 'and none much later, though it left later');
});

await t.test('tables and pictures show every figure', (t) => {
  const rows = summarize([
    ...rowsOf({ name: 'idle', subject: 'lowbeat', n: 2_000 }, { memory: [5_509, 'B'], share: [0.0714, '×'] }),
    ...rowsOf({ name: 'idle', subject: 'a <peer>', n: 2_000 }, { memory: [77_138, 'B'] }),
    ...rowsOf({ name: 'idle', subject: 'a <peer>', n: 2_000 }, { memory: [77_140, 'B'] }),
  ]);
  const table = resultTable(rows, 'links');
  t.match(table, /links +memory, B +share, ×/);
  t.match(table, /lowbeat +2,000 +5,509 +0\.0714/);
  t.match(table, /a <peer> +2,000 +77,139 \(77,138–77,140\)/);
  t.match(targetTable([{ what: 'memory', figure: 5, sense: 'at most', limit: 4, unit: 'B' }]), /memory +5 B +at most +4 B +MISSED/);
  const picture = barPicture('Idle & quiet', rows);
  t.match(picture, /^<svg [^]*<\/svg>\n$/);
  t.match(picture, 'Idle &amp; quiet');
  t.match(picture, 'a &lt;peer&gt; · 2,000');
  t.equal(picture.match(/<rect class="(own|peer)"/g)?.length, 3, 'a bar for each subject and metric');
  t.notMatch(picture, 'NaN');
  t.same([1234567, 12.345, 0.001234, 0].map(numberText), ['1,234,567', '12.3', '0.00123', '0']);
  t.end();
});
