import { availableParallelism } from 'node:os';

import { defaultBattery } from '../../firmware-sim/battery/battery.js';
import { optimumId } from '../../firmware-sim/lab/compare.js';
import { runComparison } from '../../firmware-sim/lab/run-jobs.js';
import { loadStrategies } from '../../firmware-sim/strategies/load.js';
import { loadWorld } from '../../firmware-sim/world/world.js';
import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Row } from '../harness/benchmark.js';

/** No result rests on one radio: the four of the lab's report. */
const profiles = ['lte-2012', '3g-2012', 'lte-modern', '5g-sa-tmobile'];
const tenSockets = 'sockets-10';

export const radio: Benchmark = {
  name: 'radio',
  title: 'Radio: what a link costs the phone',
  about: 'The headline of the battery simulator (lowbeat lab compare), so that all costs stand in one report: the same mixed days on simulated phones under each strategy, the clairvoyant optimum, and ten apps with a socket each. Energy is the link’s own.',
  counts: 'days of a phone',
  measure: async (context) => {
    const [devices, days, seeds] = context.full ? [20, 14, [1, 2, 3]] : [1, 2, [1]];
    const strategies = [...(await loadStrategies()).keys(), tenSockets];
    const rows: Row[] = [];
    for (const profile of context.full ? profiles : profiles.slice(0, 1)) {
      context.tell(`radio ${profile}`);
      const compared = await runComparison({
        compare: { world: loadWorld('mixed'), set: 'validation', profile, wifiProfile: 'wifi-2012', battery: defaultBattery, devices, days, seeds },
        strategies: [...new Set(strategies)],
        workers: availableParallelism(),
      });
      for (const { strategy, joulesPerDay, batteryPercentPerDay, energyRatio, latePercent } of compared) {
        const subject = strategy === optimumId ? 'optimum (clairvoyant)' : strategy;
        rows.push(...rowsOf({ name: 'radio', subject: `${subject}, ${profile}`, n: devices * days * seeds.length }, {
          'energy a day': [joulesPerDay, 'J'],
          'battery a day': [batteryPercentPerDay, '%'],
          'of the optimum': [energyRatio, '×'],
          late: [latePercent, '%'],
        }));
      }
    }
    return rows;
  },
};
