import t from 'tap';
import { LinkWorld, Violation } from './link-world.js';

// Thousands of runs, on a machine that runs other tests, too.
t.setTimeout(120_000);

const runs = Number(process.env['LOWBEAT_RUNS'] ?? 3_000);
const replayed = process.env['LOWBEAT_SEED'];

/** What some run must have brought about, or all of them prove little. */
const wanted = [
  'acknowledged', 'expired', 'withdrawn', 'not stored', 'went ahead', 'abandoned', 'handed over again', 'sent again on one link', 'full window', 'full share of an app',
  'message sent', 'message failed', 'online', 'away', 'offline',
  'closed with taken-over', 'closed with shutting-down', 'closed with lease-expired', 'closed with too-slow',
];

await t.test('whatever happens to a device, a gateway and what lies between, the invariants hold', (t) => {
  // CI judges a change, so it always looks at the same runs; people look at new ones each time.
  const drawn = process.env['CI'] === undefined ? Date.now() % 1_000_000_000 : 1;
  const first = replayed === undefined ? drawn : Number(replayed);
  const last = replayed === undefined ? first + runs - 1 : first;
  t.comment(`seeds ${first} to ${last}; one run again: LOWBEAT_SEED=<seed> node dist/test/core/link-pair.test.js`);
  const counts = new Map<string, number>();
  for (let seed = first; seed <= last; seed += 1) {
    const world = new LinkWorld(seed);
    try {
      world.run(20 * 60_000);
    } catch (error) {
      t.comment(world.trace.join('\n'));
      t.fail(`seed ${seed}: ${error instanceof Violation ? error.message : String(error instanceof Error ? error.stack : error)}`);
      break;
    }
    for (const [what, count] of world.counts) counts.set(what, (counts.get(what) ?? 0) + count);
  }
  t.comment([...counts].map(([what, count]) => `${what}: ${count}`).join(', '));
  if (last - first >= 1_000) for (const what of wanted) t.ok(counts.has(what), `some run brought about: ${what}`);
  t.end();
});
