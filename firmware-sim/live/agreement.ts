// Real phones beside what the simulator predicts for them.

import { lateSeconds } from '../lab/compare.js';
import type { PhoneTally } from './live-world.js';

export interface AgreementRow {
  readonly measure: string;
  readonly unit: string;
  readonly live: number;
  readonly simulated: number;
  /** Of the live value from the simulated one, as a share of it; 0 when both are 0. */
  readonly difference: number;
  /** Whether they agree; absent for what is shown only. */
  readonly agrees?: boolean;
}

/** What the two may differ by: a share, or for what is rare so many. */
export const toleratedShare = 0.1;
export const toleratedCount = 3;

/** No radio and no machine takes so long: what comes later found its link dead. */
const delayedSeconds = 1;

/** All phones together. */
export function agreement(live: readonly PhoneTally[], simulated: readonly PhoneTally[]): AgreementRow[] {
  const lateness = [sorted(live), sorted(simulated)] as const;
  const [liveLate, simulatedLate] = lateness;
  return [
    counted('beats', live, simulated, ({ beats }) => beats),
    counted('connects', live, simulated, ({ connects }) => connects),
    counted('dead links', live, simulated, ({ deadLinks }) => deadLinks),
    counted('notifications', live, simulated, ({ latenessSeconds }) => latenessSeconds.length),
    ...[delayedSeconds, lateSeconds].map((least) =>
      counted(`later than ${least} s`, live, simulated, ({ latenessSeconds }) =>
        latenessSeconds.filter((seconds) => seconds > least).length)),
    shown('lateness, median', quantile(liveLate, 0.5), quantile(simulatedLate, 0.5)),
    shown('lateness, 95 %', quantile(liveLate, 0.95), quantile(simulatedLate, 0.95)),
    shown('lateness, longest', quantile(liveLate, 1), quantile(simulatedLate, 1)),
  ];
}

function counted(
  measure: string,
  live: readonly PhoneTally[],
  simulated: readonly PhoneTally[],
  of: (tally: PhoneTally) => number,
): AgreementRow {
  const sum = (tallies: readonly PhoneTally[]): number => tallies.reduce((total, tally) => total + of(tally), 0);
  const [measured, predicted] = [sum(live), sum(simulated)];
  const agrees = Math.abs(measured - predicted) <= Math.max(toleratedCount, toleratedShare * predicted);
  return { measure, unit: '', live: measured, simulated: predicted, difference: differenceOf(measured, predicted), agrees };
}

function shown(measure: string, live: number, simulated: number): AgreementRow {
  return { measure, unit: 's', live, simulated, difference: differenceOf(live, simulated) };
}

function differenceOf(live: number, simulated: number): number {
  return live === simulated ? 0 : (live - simulated) / simulated;
}

function sorted(tallies: readonly PhoneTally[]): number[] {
  return tallies.flatMap(({ latenessSeconds }) => latenessSeconds).sort((a, b) => a - b);
}

/** Of ascending values; 0 of none. */
function quantile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;
}
