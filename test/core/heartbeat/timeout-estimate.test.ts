import t from 'tap';
import { nextSilenceSeconds } from '../../../src/core/heartbeat/next-silence.js';
import { priorFor } from '../../../src/core/heartbeat/priors.js';
import { binCount, binOf, edgesSeconds, makePrior, TimeoutEstimate } from '../../../src/core/heartbeat/timeout-estimate.js';
import { limits } from '../../../src/core/limits.js';

const sum = (mass: Readonly<Float64Array>): number => mass.reduce((total, share) => total + share, 0);

await t.test('bins', (t) => {
  t.ok(edgesSeconds.every((edge, index) => index === 0 || edge > edgesSeconds[index - 1]!), 'edges ascend');
  t.equal(edgesSeconds.at(-1), limits.promiseSeconds, 'the last silence is the longest promise');
  for (const named of [255, 300, 1740, 7440]) {
    const under = edgesSeconds.filter((edge) => edge < named).at(-1)!;
    t.ok(named - under <= 5, `an edge lies at ${under} s, just under a box of ${named} s`);
  }
  for (const [index, edge] of edgesSeconds.entries()) t.equal(binOf(edge + 0.01), index, `bin of ${edge}`);
  t.throws(() => new TimeoutEstimate([1, 2]), /an estimate has \d+ bins, not 2/);
  t.end();
});

await t.test('priors are distributions over the whole range', (t) => {
  for (const kind of ['cellular', 'wifi', 'wired', 'unknown', 'other'] as const) {
    t.ok(Math.abs(sum(priorFor(kind)) - 1) < 1e-4, `${kind} sums to ${sum(priorFor(kind))}`);
    t.ok(priorFor(kind).every((share) => share > 0), `${kind} rules nothing out`);
  }
  t.end();
});

await t.test('a survived silence moves belief above it, an expiry below it', (t) => {
  const estimate = new TimeoutEstimate(priorFor('cellular'));
  const before = estimate.expiryChance(1200);
  t.equal(estimate.survived(600), true);
  t.ok(estimate.expiryChance(600) < 0.01, `a timeout under 600 s: ${estimate.expiryChance(600)}`);
  t.ok(estimate.expiryChance(1200) < before, 'longer silences look safer too');
  estimate.expired(1800);
  t.ok(estimate.expiryChance(1800) > 0.8, `a timeout under 1800 s: ${estimate.expiryChance(1800)}`);
  t.ok(estimate.expiryChance(600) < 0.02, 'what was survived stays believed');
  t.ok(Math.abs(sum(estimate.mass) - 1) < 1e-3);
  t.end();
});

await t.test('a silence that ends a moment beside its edge teaches what one on it does', (t) => {
  const edge = edgesSeconds[30] ?? 0;
  const beyond = edgesSeconds[31] ?? 0;
  for (const [late, how] of [[0, 'on it'], [0.001, 'a millisecond after'], [1, 'a second after']] as const) {
    const estimate = new TimeoutEstimate(makePrior([{ weight: 1, fromSeconds: edge, toSeconds: beyond }, { weight: 1, fromSeconds: 60, toSeconds: edge }]));
    const before = estimate.expiryChance(edge);
    for (let times = 0; times < 3; times += 1) estimate.expired(edge + late);
    t.ok(estimate.expiryChance(edge) > before + 0.4, `it failed ${how}, so it will fail again`);
  }
  const estimate = new TimeoutEstimate(priorFor('wifi'));
  const longer = edgesSeconds[60] ?? 0;
  t.ok(estimate.survived(longer - 1e-9), 'it was survived, up to rounding');
  const exact = new TimeoutEstimate(priorFor('wifi'));
  exact.survived(longer);
  t.equal(estimate.expiryChance(longer), exact.expiryChance(longer));
  t.end();
});

await t.test('what is known already moves nothing', (t) => {
  const estimate = new TimeoutEstimate(priorFor('wifi'));
  for (let i = 0; i < 5; i += 1) estimate.survived(900);
  const mass = [...estimate.mass];
  t.equal(estimate.survived(600), false);
  t.same([...estimate.mass], mass);
  t.end();
});

await t.test('one wrong observation is unlearned', (t) => {
  const estimate = new TimeoutEstimate(priorFor('wifi'));
  estimate.survived(3600);
  const believed = estimate.expiryChance(1200);
  estimate.expired(1200);
  t.ok(estimate.expiryChance(1200) > 5 * believed, 'a contradiction leaves its mark');
  for (let i = 0; i < 4; i += 1) estimate.survived(3600);
  t.ok(estimate.expiryChance(3000) < 0.001, 'and more evidence takes it away');
  t.end();
});

await t.test('evidence fades towards the prior, and a share of belief can be given back', (t) => {
  const prior = priorFor('cellular');
  const estimate = new TimeoutEstimate(prior);
  estimate.survived(3600);
  const learned = estimate.expiryChance(3600);
  estimate.fade(prior, 0.5);
  const half = estimate.expiryChance(3600);
  t.ok(half > learned && half < 0.5, `${learned} < ${half}`);
  estimate.fade(prior, 0);
  t.ok(Math.abs(estimate.expiryChance(1000) - new TimeoutEstimate(prior).expiryChance(1000)) < 1e-4, 'weight 0 forgets all');
  const other = new TimeoutEstimate(prior);
  other.survived(3600);
  other.mix(prior, 0.1);
  t.ok(other.expiryChance(1000) >= 0.1 * new TimeoutEstimate(prior).expiryChance(1000) * 0.99);
  t.end();
});

await t.test('the next silence', (t) => {
  const costs = { deadLinkBeats: 6, deadSecondBeats: 0.2, horizonSeconds: 259_200 };
  const certain = (seconds: number): Readonly<Float64Array> =>
    makePrior([{ weight: 1, fromSeconds: seconds, toSeconds: seconds }]);
  for (const seconds of [255, 300, 1740, 7440]) {
    const silence = nextSilenceSeconds(certain(seconds), limits.promiseSeconds, costs);
    t.ok(silence <= seconds && silence > seconds * 0.95, `a box of ${seconds} s that is known: ${silence} s`);
  }
  const doubtful = makePrior([
    { weight: 5, fromSeconds: 300, toSeconds: 300 },
    { weight: 95, fromSeconds: 7440, toSeconds: 7440 },
  ]);
  const bold = nextSilenceSeconds(doubtful, limits.promiseSeconds, { ...costs, deadSecondBeats: 0.01 });
  t.ok(bold > 300, `where failing is cheap the longer one is tried: ${bold} s`);
  const shy = nextSilenceSeconds(doubtful, limits.promiseSeconds, { ...costs, deadSecondBeats: 1e6 });
  t.ok(shy < 300, `where it is dear it is not: ${shy} s`);
  t.ok(nextSilenceSeconds(certain(7440), 900, costs) <= 900, 'never longer than presence asks for');
  t.equal(nextSilenceSeconds(certain(300), 10, costs) <= 10, true, 'even where that is shorter than any bin');
  t.equal(binCount, edgesSeconds.length);
  t.end();
});
