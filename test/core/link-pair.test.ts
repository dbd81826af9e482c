import t from 'tap';
import { LinkWorld, Violation } from './link-world.js';

const runs = Number(process.env['LOWBEAT_RUNS'] ?? 3_000);
const replayed = process.env['LOWBEAT_SEED'];

await t.test('whatever happens to a device, a gateway and what lies between, the invariants hold', (t) => {
  const first = replayed === undefined ? Date.now() % 1_000_000_000 : Number(replayed);
  const last = replayed === undefined ? first + runs - 1 : first;
  t.comment(`seeds ${first} to ${last}; one run again: LOWBEAT_SEED=<seed> node dist/test/core/link-pair.test.js`);
  for (let seed = first; seed <= last; seed += 1) {
    const world = new LinkWorld(seed);
    try {
      world.run(20 * 60_000);
    } catch (error) {
      t.comment(world.trace.join('\n'));
      t.fail(`seed ${seed}: ${error instanceof Violation ? error.message : String(error instanceof Error ? error.stack : error)}`);
      break;
    }
  }
  t.end();
});
