// One phone seen closely: what its radio does over a day, and what its controller believes night after night.

import { AdaptiveController } from '../../src/core/heartbeat/adaptive.js';
import { simulateSockets } from '../engine/simulate.js';
import { loadRadioProfile } from '../radio/profile.js';
import { RadioModel } from '../radio/radio.js';
import type { Strategy } from '../strategies/strategy.js';
import { dayMs, deviceSeed, drawTrace, type SeedSet } from '../world/trace.js';
import type { World } from '../world/world.js';
import { strategyLinks } from './compare.js';

export interface PhoneDayOptions {
  readonly world: World;
  readonly set: SeedSet;
  readonly profile: string;
  readonly wifiProfile: string;
  readonly device: number;
  /** The day that is shown, from 0; the ones before are lived through. */
  readonly day: number;
}

export interface DayStretch {
  readonly fromHour: number;
  readonly toHour: number;
  readonly what: string;
}

export interface DayInstant {
  readonly hour: number;
  readonly what: 'beat' | 'dead' | 'connected' | 'delivered' | 'burst';
}

export interface PhoneDay {
  readonly strategy: string;
  /** Which network, and which state of its radio other than idle. */
  readonly networks: readonly DayStretch[];
  readonly radio: readonly DayStretch[];
  readonly instants: readonly DayInstant[];
}

export function phoneDay(options: PhoneDayOptions, strategy: Strategy): PhoneDay {
  const { world, set, day, device } = options;
  const trace = drawTrace(world, deviceSeed(set, 1, device), day + 1);
  const startMs = day * dayMs;
  // To a third of a second, which is finer than any picture.
  const hourOf = (ms: number): number => Math.round(1e4 * Math.min(24, Math.max(0, (ms - startMs) / 3_600_000))) / 1e4;
  const radio: DayStretch[] = [];
  const instants: DayInstant[] = [];
  simulateSockets({
    world,
    trace,
    cellular: new RadioModel(loadRadioProfile(options.profile)),
    wifi: new RadioModel(loadRadioProfile(options.wifiProfile)),
    links: strategyLinks(strategy, trace.seed),
    onEvent: (nowMs, event) => {
      if (nowMs < startMs) return;
      if (event === 'beat' || event === 'dead' || event === 'connected' || event === 'delivered' || event === 'burst') {
        instants.push({ hour: hourOf(nowMs), what: event });
      }
    },
    onRadio: (_which, { fromMs, toMs, stage }) => {
      if (toMs < startMs || stage === 'idle' || fromMs === toMs) return;
      const last = radio.at(-1);
      const stretch = { fromHour: hourOf(fromMs), toHour: hourOf(toMs), what: stage };
      if (last?.what === stage && last.toHour === stretch.fromHour) radio[radio.length - 1] = { ...last, toHour: stretch.toHour };
      else radio.push(stretch);
    },
  });
  const networks = trace.attachments
    .filter(({ endMs }) => endMs > startMs)
    .map(({ startMs: from, endMs, networkKey }) => ({
      fromHour: hourOf(from),
      toHour: hourOf(endMs),
      what: networkKey.replace(/-\d+$/, '') || 'no network',
    }));
  return { strategy: strategy.id, networks, radio, instants };
}

export interface LearningPoint {
  readonly device: number;
  readonly network: string;
  readonly day: number;
  /** How long the controller lets the flow be silent, seconds. */
  readonly silenceSeconds: number;
  /** How long the network keeps it. */
  readonly timeoutSeconds: number;
}

export interface LearningOptions {
  readonly world: World;
  readonly set: SeedSet;
  readonly devices: readonly number[];
  readonly days: number;
  readonly profile: string;
  readonly wifiProfile: string;
  /** The place that is watched. */
  readonly place: string;
}

/** The silence that the controller allows on one network, at each beat there. */
export function learningOf(options: LearningOptions): LearningPoint[] {
  return options.devices.flatMap((device) => {
    const trace = drawTrace(options.world, deviceSeed(options.set, 1, device), options.days);
    const heartbeat = new AdaptiveController();
    const timeouts = new Map(trace.attachments.map(({ networkKey, timeoutMs }) => [networkKey, timeoutMs / 1000]));
    const points: LearningPoint[] = [];
    simulateSockets({
      world: options.world,
      trace,
      cellular: new RadioModel(loadRadioProfile(options.profile)),
      wifi: new RadioModel(loadRadioProfile(options.wifiProfile)),
      links: [{ heartbeat }],
      onEvent: (nowMs, event) => {
        if (event !== 'beat' && event !== 'connected' && event !== 'dead') return;
        const { network = '', silenceSeconds = 0 } = heartbeat.learned ?? {};
        if (!network.startsWith(`${options.place}-`)) return;
        const timeoutSeconds = timeouts.get(network) ?? Infinity;
        points.push({ device, network, day: nowMs / dayMs, silenceSeconds, timeoutSeconds });
      },
    });
    return points;
  });
}
