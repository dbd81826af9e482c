import t from 'tap';
import { backoffMs } from '../../src/core/backoff.js';
import { decodeBase64, encodeBase64 } from '../../src/core/base64.js';
import { composeFrame } from '../../src/core/device-agent/compose-frame.js';
import { upFrameBytes } from '../../src/core/frame-size.js';
import { FixedIntervalController } from '../../src/core/heartbeat/fixed-interval.js';
import { limits } from '../../src/core/limits.js';
import { createPrng } from '../../src/core/prng.js';
import { QuietCollection } from '../../src/core/quiet-collection.js';
import { UniqueQueue } from '../../src/core/unique-queue.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000_000 : 1));

await t.test('base64 is that of RFC 4648', (t) => {
  t.comment(`seed ${seed}`);
  const random = createPrng(seed);
  for (let length = 0; length < 200; length += 1) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
    const text = encodeBase64(bytes);
    if (text !== Buffer.from(bytes).toString('base64')) t.fail(`${length} bytes`);
    if (Buffer.compare(decodeBase64(text), bytes) !== 0) t.fail(`${length} bytes back`);
  }
  for (const text of ['A', 'AA=A', 'AAA', '====', 'AA A', 'AAA-']) t.throws(() => decodeBase64(text), SyntaxError, text);
  t.end();
});

await t.test('the backoff is spread over its whole range, and doubles up to the cap', (t) => {
  t.comment(`seed ${seed}`);
  const random = createPrng(seed);
  for (const [attempt, mostMs] of [[0, 2_000], [1, 4_000], [5, 64_000], [9, 900_000], [1_000, 900_000]] as const) {
    const waits = Array.from({ length: 2_000 }, () => backoffMs(attempt, { baseMs: 2_000, capMs: 900_000 }, random));
    t.ok(Math.min(...waits) >= 0 && Math.min(...waits) < mostMs * 0.02);
    t.ok(Math.max(...waits) < mostMs && Math.max(...waits) > mostMs * 0.98);
    t.ok(Math.abs(waits.reduce((sum, wait) => sum + wait, 0) / waits.length / mostMs - 0.5) < 0.05);
  }
  t.end();
});

await t.test('a composed frame keeps the bounds of bytes and items, the small things first', (t) => {
  t.comment(`seed ${seed}`);
  const random = createPrng(seed);
  const numbers = (count: number): number[] => Array.from({ length: Math.floor(random.next() * count) }, () => 1 + Math.floor(random.next() * 2 ** 32) % 2 ** 31);
  for (let round = 0; round < 500; round += 1) {
    const acks = numbers(300);
    const frame = composeFrame({
      heartbeat: { presence: 'away', power: 'charging', network: 'other', promiseSeconds: limits.promiseSeconds },
      settings: { minimumUrgency: 'high', network: new Uint8Array(8), flowSeconds: 1e6 },
      acks,
      removals: numbers(200),
      registrations: numbers(200).map((request) => ({ request, app: '\u{1F4EC}'.repeat(32), applicationServerKey: new Uint8Array(65) })),
      messages: numbers(10).map((id) => ({ id, alias: 1, data: new Uint8Array(Math.floor(random.next() * limits.messageBytes)) })),
      handled: numbers(100).map((id) => ({ alias: id, ids: [id] })),
      cleared: numbers(300),
    });
    if (upFrameBytes(frame) > limits.frameBytes) t.fail(`${upFrameBytes(frame)} bytes`);
    for (const items of [frame.acks, frame.removals, frame.registrations, frame.messages, frame.handled, frame.cleared]) {
      if (items !== undefined && (items.length === 0 || items.length > limits.frameItems)) t.fail(`${items.length} items`);
    }
    t.same(frame.acks ?? [], acks.slice(0, limits.frameItems), 'acknowledgements are never squeezed out');
    t.ok(frame.heartbeat);
  }
  t.end();
});

await t.test('the fixed-interval controller', (t) => {
  t.throws(() => new FixedIntervalController({ intervalMs: 999 }), RangeError);
  t.throws(() => new FixedIntervalController({ intervalMs: limits.promiseSeconds * 1000 + 1 }), RangeError);
  const controller = new FixedIntervalController({ intervalMs: 60_000 });
  t.same(controller.plan(), { beatAtMs: Infinity, promiseSeconds: 60 });
  controller.observe(1_000, { type: 'connected', networkKey: 'home', network: 'wifi' });
  t.same(controller.plan(), { beatAtMs: 61_000, promiseSeconds: 60 });
  controller.observe(5_000, { type: 'traffic', direction: 'down', bytes: 20 });
  t.equal(controller.plan().beatAtMs, 61_000, 'only what goes up is a sign of life');
  controller.observe(6_000, { type: 'traffic', direction: 'up', bytes: 20, answered: true });
  t.equal(controller.plan().beatAtMs, 66_000);
  controller.observe(7_000, { type: 'disconnected', end: 'reset' });
  t.equal(controller.plan().beatAtMs, Infinity);
  t.end();
});

await t.test('garbage is collected when a process has become quiet, and once more', (t) => {
  const mb = 2 ** 20;
  const stepMs = limits.heapSampleMs;
  /** What each sample is like, and after which a collection was due; one leaves `leftBytes`. */
  const run = (samples: readonly { readonly busy?: boolean; readonly heap: number }[], leftBytes: number): number[] => {
    const decision = new QuietCollection();
    return samples.flatMap(({ busy = false, heap }, index) => {
      const atMs = 1_000_000 + index * stepMs;
      if (!decision.isDue({ atMs, busyShare: busy ? 0.5 : 0, heapBytes: heap })) return [];
      decision.collected(atMs, leftBytes);
      return [index];
    });
  };
  const many = (count: number, sample: { readonly busy?: boolean; readonly heap: number }) => Array.from({ length: count }, () => sample);
  const [quietFor, secondFor] = [limits.collectionQuietMs / stepMs, limits.secondCollectionQuietMs / stepMs];

  t.same(run(many(1_000, { busy: true, heap: 90 * mb }), 30 * mb), [], 'never of a busy one');
  t.same(run([...many(5, { busy: true, heap: 90 * mb }), ...many(quietFor, { heap: 90 * mb }), ...many(100, { heap: 30 * mb })], 30 * mb), [4 + quietFor, 4 + quietFor + secondFor],
    'twice, and no more while it stays as it was left');
  t.same(run(many(12, { heap: 90 * mb }), 30 * mb), [quietFor, quietFor + secondFor, 2 * quietFor + secondFor, 2 * (quietFor + secondFor)],
    'and again, with the same waits, if it takes at once what it gave');
  t.same(run([...many(50, { heap: 90 * mb }), ...many(50, { heap: 97 * mb })], 90 * mb).filter((index) => index >= 50), [], 'not for little');
  t.equal(run([...many(50, { heap: 900 * mb }), ...many(50, { heap: 980 * mb })], 900 * mb).filter((index) => index >= 50).length, 0, 'nor for less than a tenth');
  t.equal(run([...many(50, { heap: 900 * mb }), ...many(50, { heap: 1_000 * mb })], 1_000 * mb).filter((index) => index >= 50).length, 2, 'for more it is');
  t.same(run([...many(20, { heap: 90 * mb }), ...many(5, { heap: 40 * mb }), ...many(20, { heap: 90 * mb })], 90 * mb).filter((index) => index >= 20), [25, 25 + secondFor],
    'what it gave back by itself, and takes again, is growth');
  const flickering = Array.from({ length: 200 }, (_, index) => ({ busy: index % 2 === 0, heap: 90 * mb }));
  t.same(run(flickering, 30 * mb), [], 'never between two moments of work');
  t.end();
});

await t.test('a queue of items that are there once keeps the order in which they came', (t) => {
  t.comment(`seed ${seed}`);
  const random = createPrng(seed);
  const queue = new UniqueQueue<number>();
  let model: number[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    const item = Math.floor(random.next() * 40);
    const chance = random.next();
    if (chance < 0.45) {
      queue.add(item);
      if (!model.includes(item)) model.push(item);
    } else if (chance < 0.65) {
      if (queue.delete(item) !== model.includes(item)) t.fail(`step ${step}: ${item}`);
      model = model.filter((one) => one !== item);
    } else if (chance < 0.9) {
      const first = queue.first;
      if (first !== model[0]) t.fail(`step ${step}: ${first} is first, not ${model[0]}`);
      // Most are worked off.
      if (first !== undefined && chance < 0.8) {
        queue.delete(first);
        model.shift();
      }
    } else {
      if (queue.has(item) !== model.includes(item) || queue.size !== model.length) t.fail(`step ${step}: ${item}`);
      if (JSON.stringify([...queue]) !== JSON.stringify(model)) t.fail(`step ${step}: ${[...queue].join()} in place of ${model.join()}`);
    }
    // Also down to none.
    if (step % 1_000 === 999) for (const one of model.splice(0)) queue.delete(one);
  }
  t.pass('the first, the size and the order');
  t.end();
});
