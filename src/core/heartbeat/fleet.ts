// What many devices learned of one network, and how a new one starts from it. The gateway keeps a report a device; a device is told
// 16 weights. Nobody learns who was where: networks are named by hashes, and a network is told of only when enough devices know it.

import { limits } from '../limits.js';
import { binCount, edgesSeconds, makePrior, type TimeoutPrior } from './timeout-estimate.js';

/** Reports older than this no longer count: operators change their boxes. */
export const reportAgeMs = 60 * 86_400_000;
/** A network is told of when so many devices reported it: fewer could be told apart. */
export const leastDevices = 5;
/** Reports kept of one network; the oldest goes. */
export const mostReports = 64;

/** 16 steps of the timeouts, seconds: step i holds those from edge i to the next, the last all above. */
export const fleetStepsSeconds: readonly number[] = [
  60, 110, 180, 252, 297, 420, 597, 897, 1_250, 1_737, 2_500, 3_597, 5_200, 7_197, 10_500, 16_000,
];

/** One device's word on one network. A device has one report there, whatever it sends how often. */
export interface FleetReport {
  /** Names the device within this network and nowhere else: 4 bytes of a keyed hash. */
  readonly reporter: number;
  readonly step: number;
  readonly atMs: number;
}

/** Adds or replaces the reporter's word; forgets what is too old or too much. Ascending by age, the oldest first. */
export function withReport(reports: readonly FleetReport[], report: FleetReport): FleetReport[] {
  const kept = reports.filter(({ reporter, atMs }) => reporter !== report.reporter && report.atMs - atMs < reportAgeMs);
  return [...kept, report].slice(-mostReports);
}

/** The step a timeout falls into. */
export function fleetStep(seconds: number): number {
  let step = 0;
  while (step + 1 < fleetStepsSeconds.length && (fleetStepsSeconds[step + 1] ?? Infinity) <= seconds) step += 1;
  return step;
}

/** What a device is told, `limits.fleetBytes` bytes; undefined while too few devices know the network. Newer reports weigh more. */
export function fleetWeights(reports: readonly FleetReport[], nowMs: number): Uint8Array | undefined {
  const weights = new Float64Array(fleetStepsSeconds.length);
  let devices = 0;
  for (const { step, atMs } of reports) {
    const age = (nowMs - atMs) / reportAgeMs;
    if (age >= 1) continue;
    devices += 1;
    weights[step] = (weights[step] ?? 0) + 1 - age / 2;
  }
  if (devices < leastDevices) return undefined;
  const most = Math.max(...weights);
  const bytes = new Uint8Array(limits.fleetBytes);
  for (const [step, weight] of weights.entries()) {
    // What was seen at all is told at least as 1 of 15.
    const nibble = weight === 0 ? 0 : Math.max(1, Math.round((15 * weight) / most));
    bytes[step >> 1] = (bytes[step >> 1] ?? 0) | (step % 2 === 0 ? nibble << 4 : nibble);
  }
  return bytes;
}

/** The prior of a device that was told these weights; `otherwise` when they say nothing. */
export function fleetPrior(bytes: Uint8Array, otherwise: TimeoutPrior): TimeoutPrior {
  const parts = fleetStepsSeconds.flatMap((fromSeconds, step) => {
    const byte = bytes[step >> 1] ?? 0;
    const weight = step % 2 === 0 ? byte >> 4 : byte & 15;
    const toSeconds = fleetStepsSeconds[step + 1] ?? 432_000;
    return weight === 0 ? [] : [{ weight, fromSeconds, toSeconds }];
  });
  return parts.length === 0 ? otherwise : makePrior(parts);
}

/** The timeout that a posterior has settled on, seconds: half its mass in one step's span; undefined while it has not. */
export function knownTimeoutSeconds(mass: Readonly<Float64Array>): number | undefined {
  let best = 0;
  let below = 0;
  let median = edgesSeconds[0] ?? 0;
  for (let bin = 0; bin < binCount; bin += 1) {
    const share = mass[bin] ?? 0;
    if (below < 0.5 && below + share >= 0.5) median = edgesSeconds[bin] ?? median;
    below += share;
  }
  for (let bin = 0; bin < binCount; bin += 1) {
    const low = edgesSeconds[bin] ?? 0;
    if (low >= median * 0.9 && low <= median * 1.12) best += mass[bin] ?? 0;
  }
  return best >= 0.8 ? Math.round(median) : undefined;
}
