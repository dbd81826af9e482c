import t from 'tap';
import { optimalSends, type OptimumProblem } from '../../firmware-sim/oracle/optimum.js';
import { createPrng, type Prng } from '../../src/core/prng.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? 20_260_701);

await t.test('the optimum equals a search over every subset', (t) => {
  t.comment(`seed ${seed}`);
  const random = createPrng(seed);
  let solvable = 0;
  for (let round = 0; round < 3000; round += 1) {
    const problem = drawProblem(random);
    const expected = cheapestSubset(problem);
    const optimum = optimalSends(problem);
    if (expected === Infinity) {
      if (optimum) t.fail(`round ${round}: found ${optimum.costMj} where nothing is possible`, { problem });
      continue;
    }
    solvable += 1;
    if (!optimum || Math.abs(optimum.costMj - expected) > 1e-9) {
      t.fail(`round ${round}: ${optimum?.costMj} instead of ${expected}`, { problem });
    } else if (!keepsFlow(problem, optimum.sendsMs)) {
      t.fail(`round ${round}: the sends leave a gap`, { problem, optimum });
    }
  }
  t.ok(solvable > 1000, `${solvable} of 3000 random cases have a solution, and all agree`);
  t.end();
});

await t.test('with equal costs the count is that of the formula', (t) => {
  const random = createPrng(seed + 1);
  for (let round = 0; round < 300; round += 1) {
    const freeMs = Array.from({ length: 5 }, () => Math.floor(random.next() * 1000)).sort((a, b) => a - b);
    const longestGapMs = 20 + Math.floor(random.next() * 200);
    const candidates = Array.from({ length: 999 }, (_, index) => ({ atMs: index + 1, costMj: 1 }));
    const optimum = optimalSends({ startMs: 0, endMs: 1000, longestGapMs, freeMs, candidates });
    const points = [0, ...new Set(freeMs.filter((at) => at > 0)), 1000];
    const formula = points.slice(1).reduce((sum, at, i) => sum + Math.ceil((at - points[i]!) / longestGapMs) - 1, 0);
    if (optimum?.costMj !== formula) t.fail(`round ${round}: ${optimum?.costMj} instead of ${formula}`);
  }
  t.pass('sum of ceil(gap / T) - 1 over the gaps between free points');
  t.end();
});

function drawProblem(random: Prng): OptimumProblem {
  const whole = (below: number): number => Math.floor(random.next() * below);
  const times = (count: number): number[] =>
    [...new Set(Array.from({ length: count }, () => 1 + whole(99)))].sort((a, b) => a - b);
  return {
    startMs: 0,
    endMs: 100,
    longestGapMs: 10 + whole(50),
    freeMs: times(whole(4)),
    candidates: times(1 + whole(9)).map((atMs) => ({ atMs, costMj: random.next() < 0.1 ? Infinity : 1 + whole(9) })),
  };
}

function cheapestSubset(problem: OptimumProblem): number {
  const usable = problem.candidates.filter(({ costMj }) => costMj !== Infinity);
  let best = Infinity;
  for (let chosen = 0; chosen < 1 << usable.length; chosen += 1) {
    const subset = usable.filter((_, bit) => (chosen >> bit) & 1);
    const cost = subset.reduce((sum, { costMj }) => sum + costMj, 0);
    if (cost < best && keepsFlow(problem, subset.map(({ atMs }) => atMs))) best = cost;
  }
  return best;
}

function keepsFlow({ startMs, endMs, freeMs, longestGapMs }: OptimumProblem, sendsMs: readonly number[]): boolean {
  const points = [startMs, ...freeMs, ...sendsMs, endMs].sort((a, b) => a - b);
  return points.every((at, index) => index === 0 || at - (points[index - 1] ?? 0) <= longestGapMs);
}
