// How much a result leans on constants for which no source was found: the controller and the optimum with each of them changed.

import { AdaptiveController, adaptiveDefaults, type AdaptiveOptions, type BeatCosts } from '../../src/core/heartbeat/adaptive.js';
import { batteryPercent, loadBattery } from '../battery/battery.js';
import { burstNoticeMs, cpuWakeMj } from '../engine/constants.js';
import { baselineEnergyMj, simulatePhone } from '../engine/simulate.js';
import { clairvoyantSends, ScheduledController } from '../oracle/clairvoyant.js';
import { loadRadioProfile } from '../radio/profile.js';
import { RadioModel } from '../radio/radio.js';
import { deviceSeed, drawTrace } from '../world/trace.js';
import { lateSeconds, phoneJobs, type CompareOptions } from './compare.js';

export interface SensitivityRow {
  readonly constant: string;
  /** Its value in this row. */
  readonly value: string;
  readonly joulesPerDay: number;
  readonly batteryPercentPerDay: number;
  /** Over the optimum under the same constant, its schedule made for the unchanged one. */
  readonly energyRatio: number;
  readonly latePercent: number;
}

interface Variant {
  readonly constant: string;
  readonly value: string;
  readonly settings: { readonly cpuWakeMj?: number; readonly burstNoticeMs?: number };
  readonly controller?: AdaptiveOptions;
}

const variants: readonly Variant[] = [
  { constant: 'as assumed', value: '', settings: {} },
  { constant: 'wake-up of the processor', value: '0 J', settings: { cpuWakeMj: 0 } },
  { constant: 'wake-up of the processor', value: '0.3 J', settings: { cpuWakeMj: 3 * cpuWakeMj } },
  { constant: 'until a burst is seen', value: '0 s', settings: { burstNoticeMs: 0 } },
  { constant: 'until a burst is seen', value: '1.5 s', settings: { burstNoticeMs: 3 * burstNoticeMs } },
  { constant: 'until a burst is seen', value: '5 s', settings: { burstNoticeMs: 10 * burstNoticeMs } },
  { constant: 'cost of joining, as the controller believes it', value: '× 0', settings: {}, controller: joinCosts(0) },
  { constant: 'cost of joining, as the controller believes it', value: '× 3', settings: {}, controller: joinCosts(3) },
  { constant: 'cost of joining, as the controller believes it', value: '× 10', settings: {}, controller: joinCosts(10) },
];

export function sensitivity(options: CompareOptions): SensitivityRow[] {
  const cellular = new RadioModel(loadRadioProfile(options.profile));
  const wifi = new RadioModel(loadRadioProfile(options.wifiProfile));
  const battery = loadBattery(options.battery);
  const sums = variants.map(() => ({ linkMj: 0, optimumMj: 0, late: 0, arrivals: 0 }));
  for (const { seed, device } of phoneJobs(options)) {
    const trace = drawTrace(options.world, deviceSeed(options.set, seed, device), options.days);
    const surroundings = { world: options.world, trace, cellular, wifi };
    const baselineMj = baselineEnergyMj(trace, cellular, wifi);
    const sends = clairvoyantSends(surroundings);
    for (const [index, { settings, controller }] of variants.entries()) {
      const sum = sums[index];
      if (!sum) continue;
      const run = simulatePhone({ ...surroundings, ...settings, heartbeat: new AdaptiveController(controller) });
      const best = simulatePhone({ ...surroundings, ...settings, heartbeat: new ScheduledController(sends) });
      sum.linkMj += run.energyMj - baselineMj;
      sum.optimumMj += best.energyMj - baselineMj;
      sum.late += run.latenessSeconds.filter((seconds) => seconds > lateSeconds).length;
      sum.arrivals += run.latenessSeconds.length;
    }
  }
  const phoneDays = phoneJobs(options).length * options.days;
  return variants.map(({ constant, value }, index) => {
    const { linkMj = 0, optimumMj = 1, late = 0, arrivals = 0 } = sums[index] ?? {};
    return {
      constant,
      value,
      joulesPerDay: linkMj / 1000 / phoneDays,
      batteryPercentPerDay: batteryPercent(battery, linkMj / 1000 / phoneDays),
      energyRatio: linkMj / optimumMj,
      latePercent: arrivals > 0 ? (100 * late) / arrivals : 0,
    };
  });
}

/** The controller's own beliefs, with the cost of joining times a factor. */
function joinCosts(factor: number): AdaptiveOptions {
  const changed = (costs: BeatCosts): BeatCosts => ({ ...costs, joinBeats: factor * costs.joinBeats });
  return { cellular: changed(adaptiveDefaults.cellular), wifi: changed(adaptiveDefaults.wifi) };
}
