// A phone's first day on networks it never saw: with what the gateway's other devices learned of them, and without.

import { AdaptiveController } from '../../src/core/heartbeat/adaptive.js';
import { fleetStep, fleetWeights, leastDevices } from '../../src/core/heartbeat/fleet.js';
import { batteryPercent, loadBattery } from '../battery/battery.js';
import { baselineEnergyMj, simulatePhone } from '../engine/simulate.js';
import { clairvoyantSends, ScheduledController } from '../oracle/clairvoyant.js';
import { loadRadioProfile } from '../radio/profile.js';
import { RadioModel } from '../radio/radio.js';
import { deviceSeed, drawTrace, type Trace } from '../world/trace.js';
import { lateSeconds, phoneJobs, type CompareOptions } from './compare.js';

export interface FirstDayRow {
  readonly knowledge: 'optimum' | 'with the fleet' | 'without';
  readonly energyRatio: number;
  readonly joulesPerDay: number;
  readonly batteryPercentPerDay: number;
  readonly latePercent: number;
  readonly deadLinksPerDay: number;
}

/** One row each; `options.days` counts, and is 1 for a first day. */
export function firstDay(options: CompareOptions): FirstDayRow[] {
  const cellular = new RadioModel(loadRadioProfile(options.profile));
  const wifi = new RadioModel(loadRadioProfile(options.wifiProfile));
  const battery = loadBattery(options.battery);
  const sums = new Map<FirstDayRow['knowledge'], { linkMj: number; late: number; arrivals: number; dead: number }>();
  const jobs = phoneJobs(options);
  for (const { seed, device } of jobs) {
    const trace = drawTrace(options.world, deviceSeed(options.set, seed, device), options.days);
    const surroundings = { world: options.world, trace, cellular, wifi };
    const baselineMj = baselineEnergyMj(trace, cellular, wifi);
    const runs = {
      optimum: { heartbeat: new ScheduledController(clairvoyantSends(surroundings)) },
      'with the fleet': { heartbeat: new AdaptiveController(), fleet: fleetOf(trace) },
      without: { heartbeat: new AdaptiveController() },
    };
    for (const [knowledge, link] of Object.entries(runs) as [FirstDayRow['knowledge'], (typeof runs)['with the fleet']][]) {
      const run = simulatePhone({ ...surroundings, ...link });
      const sum = sums.get(knowledge) ?? { linkMj: 0, late: 0, arrivals: 0, dead: 0 };
      sums.set(knowledge, {
        linkMj: sum.linkMj + run.energyMj - baselineMj,
        late: sum.late + run.latenessSeconds.filter((seconds) => seconds > lateSeconds).length,
        arrivals: sum.arrivals + run.arrivals,
        dead: sum.dead + run.deadLinks,
      });
    }
  }
  const phoneDays = jobs.length * options.days;
  const optimumMj = sums.get('optimum')?.linkMj ?? NaN;
  return [...sums].map(([knowledge, { linkMj, late, arrivals, dead }]) => ({
    knowledge,
    energyRatio: linkMj / optimumMj,
    joulesPerDay: linkMj / 1000 / phoneDays,
    batteryPercentPerDay: batteryPercent(battery, linkMj / 1000 / phoneDays),
    latePercent: arrivals > 0 ? (100 * late) / arrivals : 0,
    deadLinksPerDay: dead / phoneDays,
  }));
}

/** As if just enough phones had lived on each network of the trace and told what they learned of it. */
function fleetOf(trace: Trace): (networkKey: string) => Uint8Array | undefined {
  return (networkKey) => {
    const visits = trace.attachments.filter((attachment) => attachment.networkKey === networkKey);
    const reports = Array.from({ length: leastDevices }, (_, reporter) => {
      const { timeoutMs = Infinity } = visits[reporter % visits.length] ?? {};
      return { reporter, step: fleetStep(timeoutMs / 1000), atMs: 0 };
    });
    return fleetWeights(reports, 0);
  };
}
