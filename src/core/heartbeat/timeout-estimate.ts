// What is believed of one network's timeout: how long its middleboxes keep a silent flow. A posterior over bins of time,
// moved by two kinds of censored observation: "a silence of g was survived" (the timeout is longer) and "a silence of
// g was not" (it is shorter). Observations are never certain: a lost packet looks like an expiry, and a
// network can be another one under the same name.

import { limits } from '../limits.js';

/** Shortest timeout considered, seconds: the shortest seen in the field is 120. */
const shortestSeconds = 60;
/** Ratio of neighbouring edges: how close to a timeout the estimate can settle. */
const ratio = 1.045;
/** Timeouts that boxes are known to be set to (facts: 255, 300, 1740, 7440 s): an edge lies just under each. */
const namedSeconds = [120, 240, 255, 300, 600, 900, 1740, 1800, 3600, 7200, 7440] as const;
/** An edge lies so far under a named timeout: clocks and round trips. */
const namedMarginSeconds = 3;
/** Named values closer to an edge than this take its place. */
const mergeShare = 0.02;

/**
 * Edges of the bins, seconds, ascending: bin i holds timeouts in (edge[i], edge[i + 1]], the last one all above the last edge, which is
 * the longest silence the protocol allows. A silence that is tried is always an edge.
 */
export const edgesSeconds: readonly number[] = makeEdges();
export const binCount = edgesSeconds.length;

/** Chance that a survived silence is reported although the timeout is shorter: another packet refreshed the flow unseen. */
const falseSurvival = 0.01;
/** Chance that an expiry is reported although the timeout is longer: an outage, a box that restarted. */
const falseExpiry = 0.04;
/** No bin falls below this: what is believed can always be unlearned. */
const leastMass = 1e-7;
/** What has less mass than this together is known not to be. */
const knownMass = 3e-5;

/** What a clock's whole milliseconds and rounded arithmetic may take off a silence. */
const clockSeconds = 0.002;

export type TimeoutPrior = Readonly<Float64Array>;

export class TimeoutEstimate {
  readonly #mass: Float64Array;

  constructor(mass: ArrayLike<number>) {
    if (mass.length !== binCount) throw new RangeError(`an estimate has ${binCount} bins, not ${mass.length}`);
    this.#mass = Float64Array.from(mass);
    this.#normalize();
  }

  /** The posterior, in bins; a view that changes with the estimate. */
  get mass(): Readonly<Float64Array> {
    return this.#mass;
  }

  /** Chance that a silence of `seconds` is not survived. */
  expiryChance(seconds: number): number {
    return expiryChance(this.#mass, seconds);
  }

  /** How likely it was that a silence of `seconds` ends as it did, with what an observation may get wrong. */
  likelihood(seconds: number, outcome: 'survived' | 'expired'): number {
    const chance = this.expiryChance(seconds);
    return outcome === 'survived' ? 1 - chance + chance * falseSurvival : chance + (1 - chance) * falseExpiry;
  }

  /** False when that was as good as known: nothing moved. */
  survived(seconds: number): boolean {
    let below = 0;
    for (let bin = 0; bin < binCount && (edgesSeconds[bin + 1] ?? Infinity) <= seconds + clockSeconds; bin += 1) {
      below += this.#mass[bin] ?? 0;
    }
    if (below < knownMass) return false;
    for (let bin = 0; bin < binCount && (edgesSeconds[bin + 1] ?? Infinity) <= seconds + clockSeconds; bin += 1) {
      this.#mass[bin] = (this.#mass[bin] ?? 0) * falseSurvival;
    }
    this.#normalize();
    return true;
  }

  /**
   * A phone's silence ends a little after the edge it was planned for. Of the bin it ends in, the part that lies below stays
   * possible, and no more: else the same silence would fail again and again without teaching anything.
   */
  expired(seconds: number): void {
    for (let bin = 0; bin < binCount; bin += 1) {
      const low = edgesSeconds[bin] ?? 0;
      const width = (edgesSeconds[bin + 1] ?? Infinity) - low;
      const possible = Math.min(1, Math.max(0, (seconds - low) / width));
      this.#mass[bin] = (this.#mass[bin] ?? 0) * (possible + (1 - possible) * falseExpiry);
    }
    this.#normalize();
  }

  /** Gives back `share` (0 to 1) of what was learned to `prior`, as a mixture: the network may have been replaced. */
  mix(prior: ArrayLike<number>, share: number): void {
    for (let bin = 0; bin < binCount; bin += 1) {
      this.#mass[bin] = (1 - share) * (this.#mass[bin] ?? 0) + share * (prior[bin] ?? 0);
    }
    this.#normalize();
  }

  /** Flattens towards `prior`: evidence of long ago counts less. `weight` 1 keeps all, 0 forgets all. */
  fade(prior: ArrayLike<number>, weight: number): void {
    for (let bin = 0; bin < binCount; bin += 1) {
      this.#mass[bin] = (this.#mass[bin] ?? 0) ** weight * (prior[bin] ?? 0) ** (1 - weight);
    }
    this.#normalize();
  }

  #normalize(): void {
    let sum = 0;
    for (const mass of this.#mass) sum += mass;
    for (let bin = 0; bin < binCount; bin += 1) {
      this.#mass[bin] = Math.max(leastMass, (this.#mass[bin] ?? 0) / sum);
    }
  }
}

/** Chance that a timeout spread as `mass` is below `seconds`. */
export function expiryChance(mass: Readonly<Float64Array>, seconds: number): number {
  let chance = 0;
  for (let bin = 0; bin < binCount; bin += 1) {
    const low = edgesSeconds[bin] ?? 0;
    if (low >= seconds) break;
    const high = edgesSeconds[bin + 1] ?? Infinity;
    const share = mass[bin] ?? 0;
    // Inside a bin the timeout is taken as uniform; the last bin starts where no silence ends.
    chance += high <= seconds ? share : high === Infinity ? 0 : (share * (seconds - low)) / (high - low);
  }
  return chance;
}

/** `a` and `b` weighed together. */
export function mixture(a: Readonly<Float64Array>, b: Readonly<Float64Array>, shareOfB: number): Float64Array {
  const mixed = new Float64Array(binCount);
  for (let bin = 0; bin < binCount; bin += 1) mixed[bin] = (1 - shareOfB) * (a[bin] ?? 0) + shareOfB * (b[bin] ?? 0);
  return mixed;
}

/** A prior from weights on ranges and points of seconds; ranges are log-uniform. */
export function makePrior(
  parts: readonly { readonly weight: number; readonly fromSeconds: number; readonly toSeconds: number }[],
): TimeoutPrior {
  const mass = new Float64Array(binCount);
  for (const { weight, fromSeconds, toSeconds } of parts) {
    if (fromSeconds === toSeconds) {
      const bin = binOf(fromSeconds);
      mass[bin] = (mass[bin] ?? 0) + weight;
      continue;
    }
    const span = Math.log(toSeconds / fromSeconds);
    for (let bin = 0; bin < binCount; bin += 1) {
      const low = Math.max(fromSeconds, edgesSeconds[bin] ?? 0);
      const high = Math.min(toSeconds, edgesSeconds[bin + 1] ?? Infinity);
      if (high > low) mass[bin] = (mass[bin] ?? 0) + (weight * Math.log(high / low)) / span;
    }
  }
  return new TimeoutEstimate(mass).mass;
}

/** The bin a timeout falls into. */
export function binOf(seconds: number): number {
  let bin = 0;
  while (bin + 1 < binCount && (edgesSeconds[bin + 1] ?? Infinity) < seconds) bin += 1;
  return bin;
}

function makeEdges(): number[] {
  const longest = limits.promiseSeconds;
  const edges: number[] = [];
  for (let edge = shortestSeconds; edge < longest; edge *= ratio) edges.push(edge);
  for (const named of namedSeconds) {
    const wanted = named - namedMarginSeconds;
    const near = edges.findIndex((edge) => Math.abs(edge - wanted) < mergeShare * wanted);
    if (near >= 0) edges[near] = wanted;
    else edges.push(wanted);
  }
  edges.sort((a, b) => a - b);
  return [...edges.filter((edge) => edge < longest * (1 - mergeShare)), longest];
}
