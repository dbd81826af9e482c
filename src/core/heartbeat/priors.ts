// What is believed of a network that was never seen, by its kind. Shares as collected (facts, section 2): Wang et al. 2011 for
// carriers, Hätönen et al. 2010 for home gateways, and the named boxes.

import type { NetworkKind } from '../frames.js';
import { makePrior, type TimeoutPrior } from './timeout-estimate.js';

/** Of 73 carriers 4 up to 5 min, 7 more up to 10 min; the rest is assumed: a quarter to 30 min, most beyond. */
const cellular = makePrior([
  { weight: 3, fromSeconds: 110, toSeconds: 300 },
  { weight: 1, fromSeconds: 300, toSeconds: 300 },
  { weight: 7, fromSeconds: 300, toSeconds: 620 },
  { weight: 18, fromSeconds: 600, toSeconds: 1_800 },
  { weight: 44, fromSeconds: 1_800, toSeconds: 22_000 },
]);

/** From 239 s on, median about an hour, a tail over a day. */
const wifi = makePrior([
  { weight: 5, fromSeconds: 235, toSeconds: 420 },
  { weight: 5, fromSeconds: 300, toSeconds: 300 },
  { weight: 20, fromSeconds: 600, toSeconds: 3_600 },
  { weight: 8, fromSeconds: 1_740, toSeconds: 1_740 },
  { weight: 30, fromSeconds: 3_600, toSeconds: 14_400 },
  { weight: 12, fromSeconds: 7_440, toSeconds: 7_440 },
  { weight: 20, fromSeconds: 14_400, toSeconds: 432_000 },
]);

const unknown = makePrior([
  { weight: 10, fromSeconds: 110, toSeconds: 600 },
  { weight: 30, fromSeconds: 600, toSeconds: 3_600 },
  { weight: 60, fromSeconds: 3_600, toSeconds: 100_000 },
]);

export function priorFor(network: NetworkKind): TimeoutPrior {
  switch (network) {
    case 'cellular':
      return cellular;
    case 'wifi':
    case 'wired':
      return wifi;
    case 'unknown':
    case 'other':
      return unknown;
  }
}
