// How long to stay silent next. A longer silence saves beats; one that is too long costs a dead link: its reconnect, and
// what comes late until the phone notices. Trying a longer one also teaches something that pays for weeks.

import { binCount, edgesSeconds } from './timeout-estimate.js';

export interface SilenceCosts {
  /** A dead link in beats: the beat in vain, the wait, the reconnect. */
  readonly deadLinkBeats: number;
  /** Each second for which the link is dead, in beats: what notifications would come late. */
  readonly deadSecondBeats: number;
  /** Over how many seconds of silence to come what is learned now will pay. */
  readonly horizonSeconds: number;
}

/**
 * The silence in seconds, an edge of the estimate at most `mostSeconds`, with the least expected cost: this silence, and
 * then the best fixed one under what it will have taught, for the horizon.
 */
export function nextSilenceSeconds(mass: Readonly<Float64Array>, mostSeconds: number, costs: SilenceCosts): number {
  const last = lastEdge(mostSeconds);
  const sums = cumulate(mass);
  // Where nothing is in doubt there is nothing to choose: below, the longest known silence beats every shorter one; above
  // the last doubt only failures wait.
  const doubtful = sums.mass.findIndex((below) => below > certain);
  const first = Math.min(last, Math.max(0, doubtful - 1));
  let best = edgesSeconds[first] ?? 0;
  let bestCost = Infinity;
  for (let edge = first; edge <= last && (sums.mass[edge] ?? 1) <= 1 - certain; edge += 1) {
    const seconds = edgesSeconds[edge] ?? 0;
    const expiry = sums.mass[edge] ?? 0;
    const survival = 1 - expiry;
    const deadSeconds = expiry * seconds - (sums.moment[edge] ?? 0);
    const now = 1 + expiry * costs.deadLinkBeats + deadSeconds * costs.deadSecondBeats;
    const afterSurvival = survival > 1e-9 ? bestRate(sums, edge, binCount, last, costs) : 0;
    const afterExpiry = expiry > 1e-9 ? bestRate(sums, 0, edge, Math.max(0, edge - 1), costs) : 0;
    const horizon = costs.horizonSeconds;
    // Both futures are counted over the same time: what this silence covers is taken off.
    const later = survival * afterSurvival * Math.max(0, horizon - seconds) + expiry * afterExpiry * horizon;
    if (now + later < bestCost) {
      bestCost = now + later;
      best = seconds;
    }
  }
  return Math.min(best, mostSeconds);
}

/** What one silence costs in beats under the belief `mass`, the beat at its end included; no lesson is counted. */
export function silenceCostBeats(
  mass: Readonly<Float64Array>,
  seconds: number,
  costs: Pick<SilenceCosts, 'deadLinkBeats' | 'deadSecondBeats'>,
): number {
  let expiry = 0;
  let deadSeconds = 0;
  for (let bin = 0; bin < binCount; bin += 1) {
    const low = edgesSeconds[bin] ?? 0;
    if (low >= seconds) break;
    const high = edgesSeconds[bin + 1] ?? Infinity;
    // Nothing is known of how the last bin is spread: what lies in it counts as longer than any silence.
    if (high === Infinity) break;
    const until = Math.min(seconds, high);
    const below = ((mass[bin] ?? 0) * (until - low)) / (high - low);
    expiry += below;
    deadSeconds += below * (seconds - (low + until) / 2);
  }
  return 1 + expiry * costs.deadLinkBeats + deadSeconds * costs.deadSecondBeats;
}

/** A chance this small decides nothing. */
const certain = 1e-4;

interface Sums {
  /** Mass of the bins below edge i. */
  readonly mass: Float64Array;
  /** Sum of mass × timeout over the bins below edge i, seconds. */
  readonly moment: Float64Array;
}

function cumulate(mass: Readonly<Float64Array>): Sums {
  const sums = { mass: new Float64Array(binCount + 1), moment: new Float64Array(binCount + 1) };
  for (let bin = 0; bin < binCount; bin += 1) {
    const low = edgesSeconds[bin] ?? 0;
    const middle = (low + (edgesSeconds[bin + 1] ?? low)) / 2;
    sums.mass[bin + 1] = (sums.mass[bin] ?? 0) + (mass[bin] ?? 0);
    sums.moment[bin + 1] = (sums.moment[bin] ?? 0) + (mass[bin] ?? 0) * middle;
  }
  return sums;
}

/** Least beats a second of any fixed silence when the timeout is known to lie in the bins [from, to). */
function bestRate(sums: Sums, from: number, to: number, last: number, costs: SilenceCosts): number {
  const lowMass = sums.mass[from] ?? 0;
  const lowMoment = sums.moment[from] ?? 0;
  const total = (sums.mass[to] ?? 0) - lowMass;
  let best = Infinity;
  for (let edge = from; edge <= last; edge += 1) {
    const seconds = edgesSeconds[edge] ?? 1;
    const expiry = total > 0 ? ((sums.mass[edge] ?? 0) - lowMass) / total : 0;
    const deadSeconds = total > 0 ? expiry * seconds - ((sums.moment[edge] ?? 0) - lowMoment) / total : 0;
    // As if its failures came at each beat: too dear for a long silence, whose failure would teach. The caution is meant.
    const rate = (1 + expiry * costs.deadLinkBeats + deadSeconds * costs.deadSecondBeats) / seconds;
    if (rate < best) best = rate;
  }
  return best;
}

function lastEdge(mostSeconds: number): number {
  let edge = 0;
  while (edge + 1 < binCount && (edgesSeconds[edge + 1] ?? Infinity) <= mostSeconds) edge += 1;
  return edge;
}
