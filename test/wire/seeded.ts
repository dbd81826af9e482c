import fc from 'fast-check';
import type { Test } from 'tap';

export interface Seeded {
  readonly seed: number;
  /** One assertion of the test: that the property holds, or its smallest counterexample and the seed. */
  holds: <Values>(t: Test, name: string, property: fc.IProperty<Values>, numRuns?: number) => void;
}

/** Properties that all start from one printed seed; `LOWBEAT_SEED` replays it. */
export function seeded(): Seeded {
  const given = process.env['LOWBEAT_SEED'];
  const seed = given === undefined ? drawn() : Number(given);
  return {
    seed,
    holds(t, name, property, numRuns = 200) {
      try {
        fc.assert(property, { seed, numRuns });
        t.pass(`${name} (LOWBEAT_SEED=${seed})`);
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
        t.fail(`${name} (LOWBEAT_SEED=${seed})`, { found: String(error), cause });
      }
    },
  };
}

/** CI judges a change, so it always draws the same; people draw anew each time. */
function drawn(): number {
  return process.env['CI'] === undefined ? Math.floor(Math.random() * 0x8000_0000) : 1;
}
