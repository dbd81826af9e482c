import t from 'tap';
import { optimalSends, type OptimumProblem } from '../../firmware-sim/oracle/optimum.js';
import { optimalRationedSends, type RationedProblem, type ScheduledSend } from '../../firmware-sim/oracle/rationed-optimum.js';
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

await t.test('where alarms are rationed', async (t) => {
  await t.test('the optimum equals a search over every subset, flows that die included', (t) => {
    t.comment(`seed ${seed}`);
    const random = createPrng(seed + 2);
    const seen = { alive: 0, dying: 0, binding: 0 };
    for (let round = 0; round < 6000; round += 1) {
      const problem = drawRationed(random);
      const expected = cheapestRationed(problem);
      const optimum = optimalRationedSends(problem);
      const chosen = costOf(problem, optimum.sends.map(({ atMs }) => atMs));
      if (Math.abs(optimum.costMj - expected) > 1e-6) t.fail(`round ${round}: ${optimum.costMj} instead of ${expected}`, { problem });
      if (chosen?.costMj === undefined || Math.abs(chosen.costMj - expected) > 1e-6) {
        t.fail(`round ${round}: its sends cost ${chosen?.costMj}, not the ${expected} that it says`, { problem, optimum });
      }
      if (JSON.stringify(optimum.sends) !== JSON.stringify(chosen?.sends)) {
        t.fail(`round ${round}: it does not know which of its sends are new connections`, { problem, optimum });
      }
      if (expected < problem.deadMj) seen.alive += 1;
      else seen.dying += 1;
      if (cheapestRationed({ ...problem, spacingMs: 0 }) < expected - 1e-6) seen.binding += 1;
    }
    t.ok(seen.alive > 1000 && seen.dying > 1000 && seen.binding > 1000, JSON.stringify(seen));
    t.end();
  });
  await t.test('without a quota it is the plain optimum wherever that has a solution', (t) => {
    const random = createPrng(seed + 3);
    let solvable = 0;
    for (let round = 0; round < 2000; round += 1) {
      const plain = drawProblem(random);
      const optimum = optimalSends(plain);
      if (!optimum) continue;
      solvable += 1;
      const candidates = plain.candidates.map((candidate) => ({ ...candidate, alarm: 'rationed' as const }));
      const rationed = optimalRationedSends({ ...drawRationed(random), ...plain, candidates, spacingMs: 0, forgottenMs: [], deadMj: 1000 });
      if (Math.abs(rationed.costMj - optimum.costMj) > 1e-9) t.fail(`round ${round}: ${rationed.costMj} instead of ${optimum.costMj}`);
    }
    t.ok(solvable > 500, `${solvable} cases`);
    t.end();
  });
});

function drawRationed(random: Prng): RationedProblem {
  const whole = (below: number): number => Math.floor(random.next() * below);
  const problem = drawProblem(random);
  const kinds = ['none', 'free', 'rationed', 'rationed', 'rationed'] as const;
  return {
    ...problem,
    candidates: problem.candidates.map((candidate) => ({ ...candidate, alarm: kinds[whole(kinds.length)] ?? 'none' })),
    spacingMs: whole(70),
    lastAlarmMs: whole(2) === 0 ? -Infinity : -whole(60),
    forgottenMs: whole(3) === 0 ? [1 + whole(99)] : [],
    reconnectMj: whole(20),
    deadMj: 1000,
  };
}

function cheapestRationed(problem: RationedProblem): number {
  const usable = problem.candidates.filter(({ costMj }) => costMj !== Infinity);
  let best = Infinity;
  for (let chosen = 0; chosen < 1 << usable.length; chosen += 1) {
    const cost = costOf(problem, usable.filter((_, bit) => (chosen >> bit) & 1).map(({ atMs }) => atMs));
    if (cost && cost.costMj < best) best = cost.costMj;
  }
  return best;
}

/** What these sends cost, by living through them; undefined when the quota forbids one. */
function costOf(problem: RationedProblem, sendsMs: readonly number[]): { costMj: number; sends: ScheduledSend[] } | undefined {
  const { startMs, endMs, freeMs, longestGapMs, spacingMs, forgottenMs } = problem;
  let [refreshedMs, lastAlarmMs, costMj] = [startMs, problem.lastAlarmMs, 0];
  const sends: ScheduledSend[] = [];
  const diesMs = (): number => Math.min(refreshedMs + longestGapMs, forgottenMs.find((atMs) => atMs > refreshedMs) ?? Infinity);
  const lives = (atMs: number): boolean => atMs <= refreshedMs + longestGapMs && !forgottenMs.some((at) => at > refreshedMs && at <= atMs);
  for (let atMs = startMs + 1; atMs < endMs; atMs += 1) {
    if (freeMs.includes(atMs) && lives(atMs)) refreshedMs = atMs;
    if (!sendsMs.includes(atMs)) continue;
    const candidate = problem.candidates.find((one) => one.atMs === atMs)!;
    if (candidate.alarm === 'rationed' && atMs - lastAlarmMs < spacingMs) return undefined;
    if (candidate.alarm !== 'none') lastAlarmMs = atMs;
    costMj += candidate.costMj;
    if (lives(atMs)) {
      sends.push({ atMs });
    } else {
      costMj += problem.reconnectMj + (atMs - diesMs()) * problem.deadMj;
      sends.push({ atMs, reconnect: true });
    }
    refreshedMs = atMs;
  }
  return { costMj: costMj + Math.max(0, endMs - diesMs()) * problem.deadMj, sends };
}

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
