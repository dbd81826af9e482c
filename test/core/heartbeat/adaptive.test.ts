import t from 'tap';
import { AdaptiveController } from '../../../src/core/heartbeat/adaptive.js';
import type { ConnectionEnd, HeartbeatEvent } from '../../../src/core/heartbeat/controller.js';
import type { AlarmWindow } from '../../../src/core/heartbeat/alarm-windows.js';
import { limits } from '../../../src/core/limits.js';
import { createPrng } from '../../../src/core/prng.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? 20_261_122);

const second = 1000;

/** The agent's part: one frame up and its answer, as `Uplink` tells them. */
class Driver {
  readonly controller: AdaptiveController;
  nowMs = 0;

  constructor(controller: AdaptiveController = new AdaptiveController()) {
    this.controller = controller;
  }

  tell(event: HeartbeatEvent): void {
    this.controller.observe(this.nowMs, event);
  }

  connect(networkKey = 'carrier', network: 'cellular' | 'wifi' = 'cellular'): void {
    this.tell({ type: 'connected', networkKey, network });
    this.beat();
    this.answer();
  }

  beat(): void {
    this.tell({ type: 'heartbeat-sent', dedicated: true, bytes: 12 });
    this.tell({ type: 'traffic', direction: 'up', bytes: 12, answered: true });
  }

  answer(sentAtMs = this.nowMs): void {
    this.nowMs += 200;
    this.tell({ type: 'traffic', direction: 'down', bytes: 4 });
    this.tell({ type: 'answered', sentAtMs });
  }

  /** Waits until the beat is due, sends it. */
  nextBeat(): number {
    const { beatAtMs } = this.controller.plan(this.nowMs);
    const silenceMs = beatAtMs - this.nowMs;
    this.nowMs = beatAtMs;
    this.beat();
    return silenceMs / second;
  }

  die(end: ConnectionEnd): void {
    const unansweredSinceMs = this.nowMs;
    if (end === 'answer-timeout') this.nowMs += limits.answerWaitMs;
    this.tell({ type: 'disconnected', end, unansweredSinceMs });
  }

  get silenceSeconds(): number {
    return this.controller.learned?.silenceSeconds ?? 0;
  }
}

await t.test('silences that are survived grow, and stop under a box that expires', (t) => {
  const driver = new Driver();
  driver.connect();
  const timeoutSeconds = 1740;
  let dead = 0;
  for (let beat = 0; beat < 300; beat += 1) {
    const silence = driver.nextBeat();
    if (silence <= timeoutSeconds) {
      driver.answer();
    } else {
      dead += 1;
      driver.die('reset');
      driver.nowMs += second;
      driver.connect();
    }
  }
  t.ok(driver.silenceSeconds > 0.85 * timeoutSeconds, `${driver.silenceSeconds} s of ${timeoutSeconds} s`);
  t.ok(driver.silenceSeconds <= timeoutSeconds);
  t.ok(dead <= 6, `${dead} dead links in 300 beats`);
  t.end();
});

await t.test('what counts as an expiry', async (t) => {
  /** How far the allowed silence falls when a link ends so after it was survived many times. */
  const silenceAfter = (end: (driver: Driver) => void): { readonly before: number; readonly after: number } => {
    const driver = new Driver();
    driver.connect();
    for (let beat = 0; beat < 12; beat += 1) {
      driver.nextBeat();
      driver.answer();
    }
    const before = driver.silenceSeconds;
    driver.nextBeat();
    end(driver);
    return { before, after: driver.silenceSeconds };
  };
  const evidence: Record<string, (driver: Driver) => void> = {
    'a reset, and a good reconnect at once': (driver) => {
      driver.die('reset');
      driver.nowMs += 2 * second;
      driver.connect();
    },
    'no answer, and a good reconnect at once': (driver) => {
      driver.die('answer-timeout');
      driver.nowMs += 2 * second;
      driver.connect();
    },
  };
  for (const [name, end] of Object.entries(evidence)) {
    await t.test(`${name}: yes`, (t) => {
      const { before, after } = silenceAfter(end);
      t.ok(after < before, `${before} s, then ${after} s`);
      t.end();
    });
  }
  const none: Record<string, (driver: Driver) => void> = {
    'no answer, then a failed attempt: an outage': (driver) => {
      driver.die('answer-timeout');
      driver.nowMs += 2 * second;
      driver.tell({ type: 'connect-failed' });
      driver.nowMs += 5 * second;
      driver.connect();
    },
    'no answer, and a reconnect long after': (driver) => {
      driver.die('answer-timeout');
      driver.nowMs += 600 * second;
      driver.connect();
    },
    'the device left': (driver) => {
      driver.die('left');
      driver.nowMs += second;
      driver.connect();
    },
    'the gateway closed it': (driver) => {
      driver.die('closed-by-gateway');
      driver.nowMs += second;
      driver.connect();
    },
  };
  for (const [name, end] of Object.entries(none)) {
    await t.test(`${name}: no`, (t) => {
      const { before, after } = silenceAfter(end);
      t.ok(after >= 0.9 * before, `${before} s, then ${after} s`);
      t.end();
    });
  }
  await t.test('no answer, and then another network: no', (t) => {
    const driver = new Driver();
    driver.connect('carrier');
    for (let beat = 0; beat < 12; beat += 1) {
      driver.nextBeat();
      driver.answer();
    }
    const before = driver.silenceSeconds;
    driver.nextBeat();
    driver.die('answer-timeout');
    driver.connect('home', 'wifi');
    driver.tell({ type: 'disconnected', end: 'left' });
    driver.connect('carrier');
    t.ok(driver.silenceSeconds >= 0.9 * before, `${before} s, then ${driver.silenceSeconds} s`);
    t.end();
  });
});

await t.test('what was learned outlives a restart', (t) => {
  const driver = new Driver();
  driver.connect();
  for (let beat = 0; beat < 30; beat += 1) {
    driver.nextBeat();
    driver.answer();
  }
  const memory: unknown = JSON.parse(JSON.stringify(driver.controller.memory()));
  const again = new Driver(new AdaptiveController({ memory }));
  again.nowMs = driver.nowMs;
  again.connect();
  t.ok(again.silenceSeconds > 0.8 * driver.silenceSeconds, `${driver.silenceSeconds} s, then ${again.silenceSeconds} s`);
  t.end();
});

await t.test('presence that is watched bounds the silence', (t) => {
  const driver = new Driver();
  driver.connect();
  driver.tell({ type: 'advice', advice: { freshnessSeconds: 240 } });
  t.ok(driver.controller.plan(driver.nowMs).beatAtMs - driver.nowMs <= 240 * second);
  t.ok(driver.controller.plan(driver.nowMs).promiseSeconds <= 240);
  driver.tell({ type: 'advice', advice: { freshnessSeconds: 0 } });
  t.ok(driver.controller.plan(driver.nowMs).promiseSeconds > 240, 'and nobody watching relaxes it');
  t.end();
});

await t.test('joining', async (t) => {
  const joins = (elapsedSeconds: number, driver: Driver): boolean => {
    driver.nowMs += elapsedSeconds * second;
    driver.tell({ type: 'radio-on' });
    return driver.controller.plan(driver.nowMs).beatAtMs <= driver.nowMs;
  };
  await t.test('not right after a refresh, but late in a silence', (t) => {
    const early = new Driver();
    early.connect();
    t.equal(joins(5, early), false);
    const late = new Driver();
    late.connect();
    t.equal(joins(late.silenceSeconds * 0.95, late), true);
    t.end();
  });
  await t.test('not while there is no link, nor while an answer is outstanding', (t) => {
    const driver = new Driver();
    t.equal(joins(1000, driver), false);
    driver.connect();
    driver.nextBeat();
    driver.tell({ type: 'radio-on' });
    t.ok(driver.controller.plan(driver.nowMs).beatAtMs > driver.nowMs);
    t.end();
  });
  await t.test('the closed form is the value of a renewal process', (t) => {
    t.comment(`seed ${seed}`);
    const random = createPrng(seed);
    for (const [perHour, silence] of [[0.5, 1800], [1, 3600], [3, 3600]] as const) {
      const rate = perHour / 3600;
      for (const share of [0.25, 0.5, 0.8]) {
        const formula = Math.expm1(rate * silence * share) / Math.expm1(rate * silence);
        const simulated = beatsSpared(random, rate, silence, silence * share);
        t.ok(Math.abs(formula - simulated) < 0.05, `${perHour}/h, ${silence} s, at ${share}: ${formula.toFixed(3)}, simulated ${simulated.toFixed(3)}`);
      }
    }
    t.end();
  });
});

/**
 * By brute force: the expected number of dedicated beats that a refresh now spares, over a long time. Both lives meet the same
 * free refreshes, and after the first one they share they are alike.
 */
function beatsSpared(random: { next(): number }, rate: number, silence: number, elapsed: number): number {
  const rounds = 20_000;
  let spared = 0;
  for (let round = 0; round < rounds; round += 1) {
    const freeAt = -Math.log(1 - random.next()) / rate;
    const beats = (dueAt: number): number => (freeAt < dueAt ? 0 : 1 + Math.floor((freeAt - dueAt) / silence));
    spared += beats(silence - elapsed) - beats(silence);
  }
  return spared / rounds;
}

await t.test('after any history a promise covers the beat that follows', (t) => {
  t.comment(`seed ${seed}`);
  for (let round = 0; round < 400; round += 1) {
    const random = createPrng(seed + round);
    // In every other life alarms are limited now and then.
    const limited = round % 2 === 1;
    const driver = new Driver();
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)]!;
    driver.connect(pick(['a', 'b']), pick(['cellular', 'wifi']));
    let connected = true;
    for (let step = 0; step < 60; step += 1) {
      driver.nowMs += Math.floor(random.next() ** 3 * 3_600_000);
      switch (pick(['beat', 'notification', 'radio-on', 'advice', 'power', 'lost', ...(limited ? ['alarm-windows'] : [])])) {
        case 'beat': {
          if (!connected) break;
          const { promiseSeconds } = driver.controller.plan(driver.nowMs);
          driver.beat();
          const { beatAtMs } = driver.controller.plan(driver.nowMs);
          if (beatAtMs > driver.nowMs + promiseSeconds * second) {
            t.fail(`round ${round}, step ${step}: promised ${promiseSeconds} s, plans ${(beatAtMs - driver.nowMs) / second} s`);
          }
          if (promiseSeconds < limits.shortestPromiseSeconds || promiseSeconds > limits.promiseSeconds) {
            t.fail(`round ${round}, step ${step}: a promise of ${promiseSeconds} s`);
          }
          driver.answer();
          const answered = driver.controller.plan(driver.nowMs).beatAtMs;
          if (answered > driver.nowMs + promiseSeconds * second) t.fail(`round ${round}, step ${step}: broken by the answer`);
          break;
        }
        case 'notification':
          if (connected) driver.tell({ type: 'traffic', direction: 'down', bytes: 200 });
          break;
        case 'alarm-windows':
          driver.tell({ type: 'alarm-windows', windows: pick([[], drawWindows(random, driver.nowMs)]) });
          break;
        case 'radio-on':
          driver.tell({ type: 'radio-on' });
          break;
        case 'advice':
          driver.tell({ type: 'advice', advice: { freshnessSeconds: pick([0, 60, 300, 3600]) } });
          break;
        case 'power':
          driver.tell({ type: 'power', power: pick(['unknown', 'charging', 'battery'] as const) });
          break;
        default:
          driver.die(pick(['reset', 'answer-timeout', 'left', 'closed-by-gateway']));
          connected = random.next() < 0.8;
          if (connected) driver.connect(pick(['a', 'b']), pick(['cellular', 'wifi']));
      }
    }
  }
  t.pass('400 random histories of 60 events');
  t.end();
});

await t.test('where alarms ring in windows only', async (t) => {
  /** A driver on a network whose box is known to forget a flow after 1740 s, and what it may do. */
  const known = (): { readonly driver: Driver; readonly silence: number; readonly tell: (...windows: AlarmWindow[]) => void } => {
    const driver = new Driver();
    driver.connect('home', 'wifi');
    for (let beat = 0; beat < 60; beat += 1) {
      if (driver.nextBeat() <= 1740) {
        driver.answer();
      } else {
        driver.die('reset');
        driver.nowMs += second;
        driver.connect('home', 'wifi');
      }
    }
    driver.beat();
    driver.answer();
    const tell = (...windows: AlarmWindow[]): void => driver.tell({ type: 'alarm-windows', windows });
    return { driver, silence: driver.silenceSeconds, tell };
  };
  const minutes = 60 * second;

  await t.test('none of them changes nothing', (t) => {
    const { driver, tell } = known();
    const before = driver.controller.plan(driver.nowMs);
    tell();
    t.same(driver.controller.plan(driver.nowMs), before);
    tell({ fromMs: driver.nowMs, toMs: Infinity, spacingMs: 0 });
    t.same(driver.controller.plan(driver.nowMs), before, 'nor does one without limits');
    t.end();
  });
  await t.test('a quota that allows the beat when it is due changes nothing', (t) => {
    const { driver, silence, tell } = known();
    const before = driver.controller.plan(driver.nowMs);
    tell({ fromMs: driver.nowMs + 9 * minutes, toMs: Infinity, spacingMs: 9 * minutes });
    t.ok(silence > 540, `${silence} s`);
    t.same(driver.controller.plan(driver.nowMs), before);
    t.end();
  });
  await t.test('a quota that comes too late: at once when it is there, as a new connection, with a promise that reaches so far', (t) => {
    const { driver, tell } = known();
    const fromMs = driver.nowMs + 60 * minutes;
    tell({ fromMs, toMs: Infinity, spacingMs: 60 * minutes });
    t.equal(driver.controller.plan(driver.nowMs).beatAtMs, driver.nowMs, 'the promise did not know of it: it is made anew at once');
    driver.beat();
    driver.answer();
    const plan = driver.controller.plan(driver.nowMs);
    t.equal(plan.beatAtMs, fromMs);
    t.equal(plan.reconnect, true);
    t.ok(plan.promiseSeconds >= 3600, `${plan.promiseSeconds} s`);
    t.same(driver.controller.plan(fromMs + 5).beatAtMs, fromMs + 5, 'also when it is a little late');
    t.end();
  });
  await t.test('a new connection is no answer to a flow that may live', (t) => {
    const driver = new Driver();
    driver.connect('new', 'wifi');
    const fromMs = driver.nowMs + 1.2 * driver.silenceSeconds * second;
    driver.tell({ type: 'alarm-windows', windows: [{ fromMs, toMs: Infinity, spacingMs: 1.2 * driver.silenceSeconds * second }] });
    const plan = driver.controller.plan(driver.nowMs);
    t.equal(plan.beatAtMs, fromMs, 'as soon as it may, and the promise reaches so far');
    t.notOk(plan.reconnect);
    t.end();
  });
  await t.test('being told again and again costs no beats', (t) => {
    for (const hours of [1, 4, 6]) {
      const { driver, tell } = known();
      let beats = 0;
      const fromMs = driver.nowMs + hours * 60 * minutes;
      for (let told = 0; told < 20; told += 1) {
        tell({ fromMs, toMs: Infinity, spacingMs: 60 * minutes });
        if (driver.controller.plan(driver.nowMs).beatAtMs <= driver.nowMs) {
          beats += 1;
          driver.beat();
          driver.answer();
        }
        driver.nowMs += second;
      }
      t.ok(beats <= 1, `${beats} with the next alarm in ${hours} h`);
    }
    t.end();
  });
  await t.test('between two windows: a beat too many when that keeps the flow alive', (t) => {
    const { driver, tell } = known();
    const [endMs, nextMs] = [driver.nowMs + 10 * minutes, driver.nowMs + 35 * minutes];
    tell({ fromMs: driver.nowMs, toMs: endMs, spacingMs: 0 }, { fromMs: nextMs, toMs: Infinity, spacingMs: 0 });
    t.equal(driver.controller.plan(driver.nowMs).beatAtMs, endMs, '25 min from one to the other, 29 min are survived');
    t.end();
  });
  await t.test('and none when the flow dies before the next window all the same', (t) => {
    const { driver, tell } = known();
    const [endMs, nextMs] = [driver.nowMs + 2 * second, driver.nowMs + 200 * minutes];
    tell({ fromMs: driver.nowMs, toMs: endMs, spacingMs: 0 }, { fromMs: nextMs, toMs: Infinity, spacingMs: 0 });
    t.equal(driver.controller.plan(driver.nowMs).beatAtMs, endMs, 'but for a promise that did not know: it is made anew');
    driver.beat();
    driver.answer();
    t.match(driver.controller.plan(driver.nowMs), { beatAtMs: nextMs, reconnect: true });
    t.end();
  });
  await t.test('the radio that is on before the next window saves a flow, or opens it anew', (t) => {
    const { driver, tell } = known();
    tell({ fromMs: driver.nowMs + 40 * minutes, toMs: Infinity, spacingMs: 40 * minutes });
    driver.nowMs += 20 * minutes;
    driver.tell({ type: 'radio-on' });
    t.equal(driver.controller.plan(driver.nowMs).beatAtMs, driver.nowMs, 'it lives, and will until the next alarm');
    t.notOk(driver.controller.plan(driver.nowMs).reconnect);
    const late = known();
    late.tell({ fromMs: late.driver.nowMs + 90 * minutes, toMs: Infinity, spacingMs: 90 * minutes });
    late.driver.nowMs += 50 * minutes;
    late.driver.tell({ type: 'radio-on' });
    t.match(late.driver.controller.plan(late.driver.nowMs), { beatAtMs: late.driver.nowMs, reconnect: true }, 'it is forgotten');
    t.end();
  });
});

function drawWindows(random: { next(): number }, nowMs: number): AlarmWindow[] {
  const windows: AlarmWindow[] = [];
  let atMs = nowMs - 600 * second * random.next();
  for (let left = 1 + Math.floor(random.next() * 4); left > 0; left -= 1) {
    const toMs = left === 1 && random.next() < 0.5 ? Infinity : atMs + 1800 * second * random.next();
    windows.push({ fromMs: atMs, toMs, spacingMs: random.next() < 0.5 ? 0 : 900 * second * random.next() });
    atMs = toMs + 3600 * second * random.next() + 1;
  }
  return windows;
}
