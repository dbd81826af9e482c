// Strategies side by side on the same traces, each against the clairvoyant optimum of its trace. A job is one phone; jobs
// are independent and merge in their order, so that workers change the time a run takes and nothing else.

import { batteryPercent, loadBattery } from '../battery/battery.js';
import { ScheduledController, clairvoyantSends } from '../oracle/clairvoyant.js';
import {
  baselineEnergyMj,
  simulatePhone,
  simulateSockets,
  type LinkOptions,
  type PhoneRunResult,
} from '../engine/simulate.js';
import { loadRadioProfile } from '../radio/profile.js';
import { RadioModel } from '../radio/radio.js';
import type { Strategy } from '../strategies/strategy.js';
import { deviceSeed, drawTrace, type SeedSet } from '../world/trace.js';
import type { World } from '../world/world.js';

/** Later than this counts as late; time in dead zones does not count. */
export const lateSeconds = 60;
/** The row of the clairvoyant optimum. */
export const optimumId = 'optimum';
/** Among outcomes, what connects and notifications alone take; no row of its own. */
const deliveriesId = 'deliveries';

export interface CompareOptions {
  readonly world: World;
  readonly set: SeedSet;
  /** Cellular and Wi-Fi radio profiles. */
  readonly profile: string;
  readonly wifiProfile: string;
  /** Of which percentages are told; it changes no other number. */
  readonly battery: string;
  readonly devices: number;
  readonly days: number;
  readonly seeds: readonly number[];
}

export interface CompareRow {
  readonly strategy: string;
  readonly world: string;
  readonly profile: string;
  /** Energy of the link over that of the clairvoyant optimum on the same traces. */
  readonly energyRatio: number;
  readonly joulesPerDay: number;
  /**
   * The part that keeping the flow alive took: without connects and notifications, which every strategy pays alike
   * (the same traces on networks that forget nothing, without a beat).
   */
  readonly keepAliveJoulesPerDay: number;
  readonly latePercent: number;
  readonly latenessP95S: number;
  readonly latenessMaxS: number;
  readonly beatsPerDay: number;
  readonly reconnectsPerDay: number;
  readonly seeds: number;
  readonly battery: string;
  /** `joulesPerDay` as a share of that battery, full. */
  readonly batteryPercentPerDay: number;
}

/** The fields of a row that programs read, in their order; what else it has is for tables. */
export function publicFields(row: CompareRow): Omit<CompareRow, 'keepAliveJoulesPerDay'> {
  const { strategy, world, profile, energyRatio, joulesPerDay, latePercent, latenessP95S, latenessMaxS } = row;
  const { beatsPerDay, reconnectsPerDay, seeds, battery, batteryPercentPerDay } = row;
  return {
    strategy, world, profile, energyRatio, joulesPerDay, latePercent, latenessP95S, latenessMaxS, beatsPerDay, reconnectsPerDay, seeds,
    battery, batteryPercentPerDay,
  };
}

/** What one phone did under one strategy: plain numbers, so that it crosses between threads. */
export interface PhoneOutcome {
  readonly strategy: string;
  readonly linkMj: number;
  readonly beats: number;
  readonly connects: number;
  readonly latenessSeconds: readonly number[];
}

export interface PhoneJob {
  readonly seed: number;
  readonly device: number;
}

/** All phones of a comparison, in the order in which they are merged. */
export function phoneJobs({ seeds, devices }: CompareOptions): PhoneJob[] {
  return seeds.flatMap((seed) => Array.from({ length: devices }, (_, device) => ({ seed, device })));
}

/** One phone under the optimum and each strategy. */
export function runPhone(options: CompareOptions, strategies: readonly Strategy[], job: PhoneJob): PhoneOutcome[] {
  const cellular = new RadioModel(loadRadioProfile(options.profile));
  const wifi = new RadioModel(loadRadioProfile(options.wifiProfile));
  const trace = drawTrace(options.world, deviceSeed(options.set, job.seed, job.device), options.days);
  const surroundings = { world: options.world, trace, cellular, wifi };
  const baselineMj = baselineEnergyMj(trace, cellular, wifi);
  const optimum = new ScheduledController(clairvoyantSends(surroundings));
  const attachments = trace.attachments.map((stay) => ({ ...stay, timeoutMs: Infinity, rebootsMs: [] }));
  const patient = { ...surroundings, trace: { ...trace, attachments } };
  return [
    outcome(deliveriesId, simulatePhone({ ...patient, heartbeat: new ScheduledController([]) }), baselineMj),
    outcome(optimumId, simulatePhone({ ...surroundings, heartbeat: optimum }), baselineMj),
    ...strategies.map((strategy) => {
      const links = strategyLinks(strategy, trace.seed);
      return outcome(strategy.id, simulateSockets({ ...surroundings, links }), baselineMj);
    }),
  ];
}

/** The links of one phone under a strategy: most have one. */
export function strategyLinks(strategy: Strategy, seed: number): LinkOptions[] {
  const { answerWaitMs, connections = 1 } = strategy;
  return Array.from({ length: connections }, (_, index) => ({
    heartbeat: strategy.create({ index, seed }),
    ...(answerWaitMs === undefined ? {} : { answerWaitMs }),
  }));
}

function outcome(strategy: string, run: PhoneRunResult, baselineMj: number): PhoneOutcome {
  const { energyMj, beats, connects, latenessSeconds } = run;
  return { strategy, linkMj: energyMj - baselineMj, beats, connects, latenessSeconds };
}

/** One row a strategy, the optimum first. */
export function toRows(options: CompareOptions, outcomes: readonly PhoneOutcome[]): CompareRow[] {
  const byStrategy = new Map<string, PhoneOutcome[]>();
  for (const phone of outcomes) {
    byStrategy.set(phone.strategy, [...(byStrategy.get(phone.strategy) ?? []), phone]);
  }
  const phoneDays = options.devices * options.days * options.seeds.length;
  const energyOf = (phones: readonly PhoneOutcome[]): number => phones.reduce((sum, { linkMj }) => sum + linkMj, 0);
  const optimumMj = energyOf(byStrategy.get(optimumId) ?? []);
  const deliveriesMj = energyOf(byStrategy.get(deliveriesId) ?? []);
  byStrategy.delete(deliveriesId);
  const battery = loadBattery(options.battery);
  return [...byStrategy].map(([strategy, phones]) => {
    const lateness = Float64Array.from(phones.flatMap(({ latenessSeconds }) => latenessSeconds)).sort();
    const late = lateness.filter((seconds) => seconds > lateSeconds).length;
    const joulesPerDay = energyOf(phones) / 1000 / phoneDays;
    return {
      strategy,
      world: options.world.id,
      profile: options.profile,
      energyRatio: energyOf(phones) / optimumMj,
      joulesPerDay,
      keepAliveJoulesPerDay: (energyOf(phones) - deliveriesMj) / 1000 / phoneDays,
      latePercent: lateness.length > 0 ? (100 * late) / lateness.length : 0,
      latenessP95S: lateness[Math.floor(0.95 * lateness.length)] ?? 0,
      latenessMaxS: lateness.at(-1) ?? 0,
      beatsPerDay: phones.reduce((sum, { beats }) => sum + beats, 0) / phoneDays,
      reconnectsPerDay: phones.reduce((sum, { connects }) => sum + connects, 0) / phoneDays,
      seeds: options.seeds.length,
      battery: battery.id,
      batteryPercentPerDay: batteryPercent(battery, joulesPerDay),
    };
  });
}
