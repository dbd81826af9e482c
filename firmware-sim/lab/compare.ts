// Strategies side by side on the same traces, each against the clairvoyant optimum of its trace.

import { ScheduledController, clairvoyantSends } from '../oracle/clairvoyant.js';
import { baselineEnergyMj, simulatePhone, type PhoneRunResult } from '../engine/simulate.js';
import { loadRadioProfile } from '../radio/profile.js';
import { RadioModel } from '../radio/radio.js';
import type { Strategy } from '../strategies/strategy.js';
import { deviceSeed, drawTrace, type SeedSet } from '../world/trace.js';
import type { World } from '../world/world.js';

/** Later than this by a dead link counts as late. */
export const lateSeconds = 60;

export interface CompareOptions {
  readonly world: World;
  readonly set: SeedSet;
  readonly profile: string;
  readonly wifiProfile: string;
  readonly strategies: readonly Strategy[];
  readonly devices: number;
  readonly days: number;
  readonly seeds: readonly number[];
  readonly onProgress?: (deviceDays: number) => void;
}

export interface CompareRow {
  readonly strategy: string;
  readonly world: string;
  readonly profile: string;
  /** Energy of the link over that of the clairvoyant optimum on the same traces. */
  readonly energyRatio: number;
  readonly joulesPerDay: number;
  readonly latePercent: number;
  readonly latenessP95S: number;
  readonly latenessMaxS: number;
  readonly beatsPerDay: number;
  readonly reconnectsPerDay: number;
  readonly seeds: number;
}

interface Sum {
  energyMj: number;
  beats: number;
  connects: number;
  late: number;
  arrivals: number;
  lateness: number[];
}

/** One row a strategy, the optimum first. */
export function compare(options: CompareOptions): CompareRow[] {
  const cellular = new RadioModel(loadRadioProfile(options.profile));
  const wifi = new RadioModel(loadRadioProfile(options.wifiProfile));
  const sums = new Map<string, Sum>();
  for (const seed of options.seeds) {
    for (let device = 0; device < options.devices; device += 1) {
      const trace = drawTrace(options.world, deviceSeed(options.set, seed, device), options.days);
      const surroundings = { world: options.world, trace, cellular, wifi };
      const baselineMj = baselineEnergyMj(trace, cellular, wifi);
      const schedule = clairvoyantSends(surroundings);
      add(sums, 'optimum', simulatePhone({ ...surroundings, heartbeat: new ScheduledController(schedule) }), baselineMj);
      for (const strategy of options.strategies) {
        const { answerWaitMs } = strategy;
        const run = simulatePhone({
          ...surroundings,
          heartbeat: strategy.create(),
          ...(answerWaitMs === undefined ? {} : { answerWaitMs }),
        });
        add(sums, strategy.id, run, baselineMj);
      }
      options.onProgress?.(options.days * (1 + options.strategies.length));
    }
  }
  return toRows(sums, options);
}

function add(sums: Map<string, Sum>, id: string, run: PhoneRunResult, baselineMj: number): void {
  const sum = sums.get(id) ?? { energyMj: 0, beats: 0, connects: 0, late: 0, arrivals: 0, lateness: [] };
  sum.energyMj += run.energyMj - baselineMj;
  sum.beats += run.beats;
  sum.connects += run.connects;
  sum.arrivals += run.arrivals;
  sum.late += run.latenessSeconds.filter((seconds) => seconds > lateSeconds).length;
  for (const seconds of run.latenessSeconds) sum.lateness.push(seconds);
  sums.set(id, sum);
}

function toRows(sums: Map<string, Sum>, options: CompareOptions): CompareRow[] {
  const phoneDays = options.devices * options.days * options.seeds.length;
  const optimumMj = sums.get('optimum')?.energyMj ?? NaN;
  return [...sums].map(([strategy, sum]) => {
    const lateness = Float64Array.from(sum.lateness).sort();
    return {
      strategy,
      world: options.world.id,
      profile: options.profile,
      energyRatio: sum.energyMj / optimumMj,
      joulesPerDay: sum.energyMj / 1000 / phoneDays,
      latePercent: sum.arrivals > 0 ? (100 * sum.late) / sum.arrivals : 0,
      latenessP95S: lateness[Math.floor(0.95 * lateness.length)] ?? 0,
      latenessMaxS: lateness.at(-1) ?? 0,
      beatsPerDay: sum.beats / phoneDays,
      reconnectsPerDay: sum.connects / phoneDays,
      seeds: options.seeds.length,
    };
  });
}
