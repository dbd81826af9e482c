import t from 'tap';
import { AdaptiveController } from '../../../src/core/heartbeat/adaptive.js';
import type { ConnectionEnd, HeartbeatEvent } from '../../../src/core/heartbeat/controller.js';
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
    this.tell({ type: 'traffic', direction: 'up', bytes: 12 });
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
  for (let round = 0; round < 200; round += 1) {
    const random = createPrng(seed + round);
    const driver = new Driver();
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)]!;
    driver.connect(pick(['a', 'b']), pick(['cellular', 'wifi']));
    let connected = true;
    for (let step = 0; step < 60; step += 1) {
      driver.nowMs += Math.floor(random.next() ** 3 * 3_600_000);
      switch (pick(['beat', 'notification', 'radio-on', 'advice', 'power', 'lost'])) {
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
  t.pass('200 random histories of 60 events');
  t.end();
});

await t.test('where the system allows a wake-up at its slots only', (t) => {
  const driver = new Driver();
  driver.connect();
  const slots = (...afterSeconds: number[]): void => {
    driver.tell({ type: 'alarm-slots', slotsMs: afterSeconds.map((after) => driver.nowMs + after * second) });
  };
  const silence = driver.silenceSeconds;
  slots(silence * 0.4, silence * 0.8, silence * 2);
  const { beatAtMs } = driver.controller.plan(driver.nowMs);
  t.equal(Math.round((beatAtMs - driver.nowMs) / second), Math.round(silence * 0.8), 'the last slot before the beat is due');
  slots(40 * silence);
  const late = driver.controller.plan(driver.nowMs);
  t.equal(late.beatAtMs - driver.nowMs, 40 * silence * second, 'the first one when none comes before');
  t.equal(late.reconnect, true, 'and a flow that will be dead by then is opened anew');
  slots();
  t.ok(driver.controller.plan(driver.nowMs).beatAtMs - driver.nowMs <= silence * second, 'without slots: when it is due');
  t.end();
});
