import t from 'tap';
import {
  alarmInstantMs,
  alarmWindowsProblem,
  firstAllowedMs,
  lastAllowedMs,
  type AlarmWindow,
} from '../../../src/core/heartbeat/alarm-windows.js';
import { limits } from '../../../src/core/limits.js';
import { createPrng, type Prng } from '../../../src/core/prng.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? 20_261_123);

await t.test('what cannot be windows is refused with what would be right', (t) => {
  const window = (changes: Partial<AlarmWindow> = {}): AlarmWindow => ({ fromMs: 10, toMs: 20, spacingMs: 0, ...changes });
  t.equal(alarmWindowsProblem([]), undefined);
  t.equal(alarmWindowsProblem([window(), window({ fromMs: 21, toMs: Infinity, spacingMs: 5 })]), undefined);
  t.equal(alarmWindowsProblem([window({ toMs: 10 })]), undefined, 'an instant is a window, too');
  for (const fromMs of [NaN, Infinity, -Infinity]) t.match(alarmWindowsProblem([window({ fromMs })]), /window 0: fromMs must be an instant/);
  for (const toMs of [9, NaN]) t.match(alarmWindowsProblem([window({ toMs })]), /window 0: toMs must be fromMs \(10\) or later/);
  for (const spacingMs of [-1, NaN, Infinity]) t.match(alarmWindowsProblem([window({ spacingMs })]), /window 0: spacingMs must be 0 or more/);
  t.match(alarmWindowsProblem([window(), window({ fromMs: 20, toMs: 30 })]), /window 1 begins at 20, before .* ended at 20/);
  t.match(alarmWindowsProblem([window({ toMs: Infinity }), window({ fromMs: 30, toMs: 40 })]), /window 1 begins at 30/);
  const many = Array.from({ length: limits.alarmWindows + 1 }, (_, at) => window({ fromMs: 100 * at, toMs: 100 * at + 1 }));
  t.match(alarmWindowsProblem(many), /there are 65 alarm windows, and at most 64/);
  t.equal(alarmWindowsProblem(many.slice(1)), undefined);
  t.end();
});

await t.test('the first and the last instant allowed are those of a search over every instant', (t) => {
  t.comment(`seed ${seed}`);
  const random = createPrng(seed);
  const whole = (below: number): number => Math.floor(random.next() * below);
  for (let round = 0; round < 5_000; round += 1) {
    const windows = drawWindows(random);
    const rangMs = whole(3) === 0 ? -Infinity : whole(60);
    const [fromMs, untilMs] = [whole(110), whole(110)];
    const instants = Array.from({ length: 300 }, (_, atMs) => atMs).filter((atMs) => allowed(windows, atMs, rangMs));
    const first = firstAllowedMs(windows, fromMs, rangMs);
    const expected = instants.find((atMs) => atMs >= fromMs) ?? NaN;
    if (first !== expected) t.fail(`round ${round}: first ${first} instead of ${expected}`, { windows, fromMs, rangMs });
    const last = lastAllowedMs(windows, { fromMs, untilMs, rangMs });
    const expectedLast = instants.findLast((atMs) => atMs >= fromMs && atMs <= untilMs);
    if (last !== expectedLast) t.fail(`round ${round}: last ${last} instead of ${expectedLast}`, { windows, fromMs, untilMs, rangMs });
  }
  t.pass('5,000 random cases');
  t.end();
});

await t.test('the instant of a beat', (t) => {
  const costOf = (seconds: number): number => 1 + (seconds > 100 ? 20 : 0);
  const at = (windows: AlarmWindow[], dueSeconds: number, nowSeconds = 0): number =>
    alarmInstantMs({ windows, nowMs: 1000 * nowSeconds, refreshedMs: 0, dueMs: 1000 * dueSeconds, costOf }) / 1000;
  const open = (from: number, to: number, spacing = 0): AlarmWindow => ({ fromMs: 1000 * from, toMs: 1000 * to, spacingMs: 1000 * spacing });
  t.equal(at([], 95), 95, 'without windows: when it is due');
  t.equal(at([open(0, Infinity)], 95), 95, 'in a window: when it is due');
  t.equal(at([open(120, Infinity)], 95), 120, 'before the first window: when it begins');
  t.equal(at([open(0, 50), open(98, Infinity)], 95), 98, 'a little later when that is no risk');
  t.equal(at([open(0, 50), open(120, Infinity)], 95), 50, 'earlier when later is one');
  t.equal(at([open(0, 50), open(500, Infinity)], 95), 500, 'and later when earlier saves nothing');
  t.equal(at([open(0, 50, 200), open(120, Infinity)], 95), 50, 'the spacing of one window does not reach into another');
  t.equal(at([open(0, 50)], 95), 95, 'after the last window nothing is known');
  t.equal(at([open(0, 50), open(120, Infinity)], 95, 130), 130, 'a beat that is overdue goes at once where it may');
  t.equal(at([open(0, 50), open(120, Infinity)], 95, 60), 120, 'and else as soon as it may');
  t.end();
});

function drawWindows(random: Prng): AlarmWindow[] {
  const whole = (below: number): number => Math.floor(random.next() * below);
  const windows: AlarmWindow[] = [];
  let fromMs = whole(20);
  for (let left = whole(4); left > 0; left -= 1) {
    const toMs = left === 1 && whole(2) === 0 ? Infinity : fromMs + whole(20);
    windows.push({ fromMs, toMs, spacingMs: whole(2) * whole(30) });
    fromMs = toMs + 1 + whole(20);
  }
  return windows;
}

function allowed(windows: readonly AlarmWindow[], atMs: number, rangMs: number): boolean {
  const last = windows.at(-1);
  if (!last || atMs > last.toMs) return true;
  const inside = (ms: number) => (window: AlarmWindow): boolean => ms >= window.fromMs && ms <= window.toMs;
  const window = windows.find(inside(atMs));
  if (!window) return false;
  return !inside(rangMs)(window) || atMs >= rangMs + window.spacingMs;
}
