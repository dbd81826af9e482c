import t from 'tap';

import { createPrng } from '../../src/core/prng.js';
import { Ticker, wheelTickMs } from '../../src/gateway/ticker.js';
import { Timed, TimerWheel } from '../../src/gateway/timer-wheel.js';

class Alarm extends Timed {
  readonly firedAtMs: number[] = [];
  then: ((nowMs: number) => void) | undefined;

  override onDue(nowMs: number): void {
    this.firedAtMs.push(nowMs);
    this.then?.(nowMs);
  }
}

const startMs = 1_700_000_000_000;
const tickMs = 100;

function wheelAt(nowMs = startMs): TimerWheel {
  return new TimerWheel({ nowMs, tickMs });
}

await t.test('a deadline never fires early, and fires within a tick', (t) => {
  for (const afterMs of [1, 99, 100, 101, 6_399, 6_400, 6_401, 409_599, 409_600, 500_001]) {
    const wheel = wheelAt();
    const alarm = new Alarm();
    wheel.set(alarm, startMs + afterMs);
    for (let nowMs = startMs; alarm.firedAtMs.length === 0; nowMs += 50) wheel.advance(nowMs);
    const late = (alarm.firedAtMs[0] ?? 0) - startMs - afterMs;
    t.ok(late >= 0 && late <= tickMs, `${afterMs} ms was ${late} ms late`);
    t.equal(wheel.size, 0);
  }
  t.end();
});

await t.test('a time that is past fires with the next tick, once', (t) => {
  const wheel = wheelAt();
  const alarm = new Alarm();
  wheel.set(alarm, startMs - 5_000);
  t.equal(wheel.advance(startMs + 99), 0);
  t.equal(wheel.advance(startMs + 100), 1);
  t.equal(wheel.advance(startMs + 10_000), 0);
  t.end();
});

await t.test('a holder that sets a past time again and again does not stop the wheel', (t) => {
  const wheel = wheelAt();
  const alarm = new Alarm();
  alarm.then = (nowMs) => wheel.set(alarm, nowMs);
  wheel.set(alarm, startMs);
  for (let tick = 1; tick <= 10; tick += 1) {
    t.equal(wheel.advance(startMs + tick * tickMs), 1, 'once a tick');
  }
  t.end();
});

await t.test('one that throws does not take the others with it', (t) => {
  const wheel = wheelAt();
  const alarms = [new Alarm(), new Alarm(), new Alarm()];
  alarms[0]!.then = () => {
    throw new Error('refused');
  };
  for (const alarm of alarms) wheel.set(alarm, startMs + 50);
  t.throws(() => wheel.advance(startMs + 100), { message: 'refused' });
  wheel.advance(startMs + 200);
  t.same(alarms.map((alarm) => alarm.firedAtMs.length), [1, 1, 1]);
  t.equal(wheel.size, 0);
  t.end();
});

await t.test('a clock that jumps is followed', (t) => {
  const wheel = wheelAt();
  const [soon, late] = [new Alarm(), new Alarm()];
  wheel.set(soon, startMs + 1_000);
  wheel.set(late, startMs + 7_200_000);
  t.equal(wheel.advance(startMs - 3_600_000), 0, 'an hour back fires nothing');
  t.equal(wheel.advance(startMs + 900), 0);
  t.equal(wheel.advance(startMs + 1_000), 1);
  t.equal(wheel.advance(startMs + 365 * 86_400_000), 1, 'a year ahead fires what is due');
  const beyond = new Alarm();
  const farMs = startMs + 385 * 86_400_000;
  wheel.set(beyond, farMs);
  for (let nowMs = startMs + 365 * 86_400_000; nowMs < farMs; nowMs += 400_000) wheel.advance(nowMs);
  t.equal(beyond.firedAtMs.length, 0, 'what lies beyond the last ring waits for its time');
  wheel.advance(farMs);
  t.equal(beyond.firedAtMs.length, 1);
  t.end();
});

await t.test('it does what a sorted list does', (t) => {
  const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
  t.comment(`LOWBEAT_SEED=${seed}`);
  for (let run = 0; run < 200; run += 1) {
    const random = createPrng(seed + run);
    const pick = (below: number): number => Math.floor(random.next() * below);
    const wheel = wheelAt();
    const alarms = Array.from({ length: 20 }, () => new Alarm());
    const model = new Map<Alarm, number>();
    let nowMs = startMs;
    for (let step = 0; step < 200; step += 1) {
      const alarm = alarms[pick(alarms.length)]!;
      const kind = pick(10);
      if (kind < 5) {
        const atMs = nowMs + pick([300, 10_000, 1_000_000, 40_000_000][pick(4)]!) - 50;
        wheel.set(alarm, atMs);
        // The wheel looks at whole ticks, and a past time waits for the next one.
        model.set(alarm, Math.max(Math.ceil(atMs / tickMs), Math.floor(nowMs / tickMs) + 1));
      } else if (kind === 5) {
        wheel.clear(alarm);
        model.delete(alarm);
      } else {
        nowMs += pick([50, 2_000, 300_000, 20_000_000][pick(4)]!);
        const before = new Map(alarms.map((one) => [one, one.firedAtMs.length]));
        wheel.advance(nowMs);
        for (const one of alarms) {
          const due = (model.get(one) ?? Infinity) <= Math.floor(nowMs / tickMs);
          const fired = one.firedAtMs.length - before.get(one)!;
          if (fired !== (due ? 1 : 0)) {
            t.fail(`run ${run}, step ${step}: fired ${fired} times, due: ${due}`);
            return t.end();
          }
          if (due) model.delete(one);
        }
      }
      if (wheel.size !== model.size) {
        t.fail(`run ${run}, step ${step}: ${wheel.size} deadlines, ${model.size} expected`);
        return t.end();
      }
    }
  }
  t.pass('200 runs');
  t.end();
});

await t.test('ten thousand links share one timer', (t) => {
  let nowMs = startMs;
  const ticks: (() => void)[] = [];
  const ticker = new Ticker({
    clock: { nowMs: () => nowMs },
    every: (everyMs, tick) => {
      t.equal(everyMs, wheelTickMs);
      ticks.push(tick);
      return () => ticks.splice(0);
    },
  });
  const links = Array.from({ length: 10_000 }, () => new Alarm());
  links.forEach((link, index) => ticker.set(link, startMs + 1_000 + index));
  t.equal(ticks.length, 1);
  t.equal(ticker.size, 10_000);
  nowMs += 20_000;
  ticks[0]?.();
  t.equal(links.filter((link) => link.firedAtMs.length === 1).length, 10_000);
  t.equal(ticks.length, 0, 'and none once nobody has a deadline');
  const late = new Alarm();
  nowMs += 3_600_000;
  ticker.set(late, nowMs + 1_000);
  nowMs += 900;
  ticks[0]?.();
  t.equal(late.firedAtMs.length, 0);
  nowMs += 200;
  ticks[0]?.();
  t.equal(late.firedAtMs.length, 1, 'a wheel that stood still is set to the time first');
  t.end();
});
