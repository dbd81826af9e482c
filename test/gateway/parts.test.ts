// The small parts on their own.

import { createECDH, ECDH } from 'node:crypto';

import t from 'tap';

import type { UserId } from '../../src/core/ids.js';
import { createPrng } from '../../src/core/prng.js';
import { BoundedCache } from '../../src/core/bounded-cache.js';
import { Directory } from '../../src/gateway/directory.js';
import { FrameAnswer } from '../../src/gateway/frame-answer.js';
import { isPublicKey } from '../../src/gateway/public-key.js';
import { randomPool } from '../../src/gateway/random-pool.js';
import { createSecret, hashSecret, secretMatches } from '../../src/gateway/secrets.js';
import { TokenBucket } from '../../src/gateway/token-bucket.js';
import { begun, followed, mended } from '../../src/ports/soon.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { seededBytes } from './seeded.js';
import { createWorld, pairOf } from './world.js';

await t.test('a token bucket lets the burst through, then the rate', (t) => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3, nowMs: 1_000 });
  t.same([bucket.take(1_000), bucket.take(1_000), bucket.take(1_000)], [0, 0, 0]);
  t.equal(bucket.take(1_000), 1, 'seconds, whole');
  t.equal(bucket.take(1_500), 0);
  t.equal(bucket.take(1_500), 1);
  bucket.giveBack();
  t.equal(bucket.take(1_500), 0);
  t.equal(bucket.take(-1_000_000), 1, 'a clock that was set back gives nothing');
  t.equal(bucket.take(-999_500), 0, 'and stops nothing');
  const slow = new TokenBucket({ perSecond: 0.1, burst: 1, nowMs: 0 });
  slow.take(0);
  t.equal(slow.take(0), 10);
  for (let count = 0; count < 5; count += 1) slow.giveBack();
  t.same([slow.take(0), slow.take(0)], [0, 10], 'never more than the burst');
  t.end();
});

await t.test('a pool of random bytes hands each out once, draws seldom, and keeps no secret', (t) => {
  const drawn: Uint8Array[] = [];
  let next = 0;
  // A source whose bytes can be told apart: numbers of four bytes, ascending.
  const numbers = randomPool((bytes) => {
    drawn.push(bytes);
    for (let at = 0; at < bytes.length; at += 4) Buffer.from(bytes.buffer, bytes.byteOffset).writeUInt32BE((next += 1), at);
  });
  const seen = new Set<number>();
  for (let count = 0; count < 3_000; count += 1) seen.add(Buffer.from(numbers(4)).readUInt32BE());
  t.equal(seen.size, 3_000, 'no bytes twice');
  t.equal(drawn.length, 3, 'three draws of 4,096 bytes');
  const pool = Buffer.from(drawn[0]!.buffer, drawn[0]!.byteOffset, drawn[0]!.length);
  t.ok(pool.subarray(0, 3_808).every((byte) => byte === 0), 'what was handed out is gone from it');
  t.notOk(pool.subarray(3_808).every((byte) => byte === 0), 'and the rest is still there');
  const secret = numbers(32);
  t.equal(drawn.length, 4, 'a secret is drawn by itself');
  t.equal(drawn[3], secret);
  t.equal(numbers(0).length, 0);
  t.not(Buffer.from(randomPool()(16)).toString('hex'), Buffer.from(randomPool()(16)).toString('hex'), 'and it is the system that it draws from');
  t.end();
});

await t.test('a bounded cache forgets what was used longest ago', (t) => {
  const forgotten: string[] = [];
  const cache = new BoundedCache<string, string>({ most: 2, onForgotten: (value) => forgotten.push(value) });
  cache.set('a', 'A');
  cache.set('b', 'B');
  cache.get('a');
  cache.set('c', 'C');
  t.same([cache.get('a'), cache.get('b'), cache.get('c')], ['A', undefined, 'C']);
  cache.set('a', 'A2');
  cache.clear();
  t.same(forgotten, ['B', 'A', 'C', 'A2']);
  t.equal(cache.size, 0);
  t.end();
});

await t.test('a bounded cache holds what a list in the order of use would', (t) => {
  const random = createPrng(7);
  const forgotten: number[] = [];
  const cache = new BoundedCache<number, number>({ most: 5, onForgotten: (value) => forgotten.push(value) });
  let model: (readonly [number, number])[] = [];
  const modelForgotten: number[] = [];
  const drop = (key: number): void => {
    modelForgotten.push(...model.filter(([one]) => one === key).map(([, value]) => value));
    model = model.filter(([one]) => one !== key);
  };
  for (let step = 0; step < 2_000; step += 1) {
    const key = Math.floor(random.next() * 8);
    const what = random.next();
    if (what < 0.5) {
      const found = model.find(([one]) => one === key);
      if (found !== undefined) model = [...model.filter((one) => one !== found), found];
      if (cache.get(key) !== found?.[1]) t.fail(`step ${step}: ${key} is not what it was set to`);
    } else if (what < 0.9) {
      drop(key);
      model.push([key, step]);
      if (model.length > 5) drop(model[0]![0]);
      cache.set(key, step);
    } else {
      drop(key);
      cache.delete(key);
    }
    if (cache.size !== model.length) t.fail(`step ${step}: ${cache.size} entries, not ${model.length}`);
  }
  t.same(forgotten, modelForgotten);
  t.end();
});

await t.test('secrets are compared whole', (t) => {
  const { secret, hash } = createSecret(seededBytes(1));
  t.match(secret, /^[\w-]{43}$/);
  t.ok(secretMatches(secret, hash));
  t.ok(secretMatches(Buffer.from(secret), hash));
  for (const wrong of ['', secret.slice(1), `${secret}=`, secret.toUpperCase()]) t.notOk(secretMatches(wrong, hash));
  t.notOk(secretMatches(secret, undefined));
  t.notOk(secretMatches('', new Uint8Array(32)), 'nobody has no secret');
  t.notOk(secretMatches(secret, hashSecret(secret).subarray(1)), 'a damaged hash matches nothing');
  t.end();
});

await t.test('a frame is answered once, when the last hold is released', (t) => {
  let answers = 0;
  const answer = new FrameAnswer(() => (answers += 1));
  answer.hold();
  answer.hold();
  answer.release();
  answer.release();
  t.equal(answers, 0);
  answer.release();
  t.equal(answers, 1);
  t.end();
});

await t.test('a view is of one moment, and dies with the first step of a change', async (t) => {
  const world = await createWorld();
  await pairOf(world);
  const user = (await world.store.userByName('anna'))!.id;
  const directory = new Directory({ store: world.store });
  const view = await directory.view(user);
  t.equal(await directory.view(user), view, 'it is remembered');
  t.equal(directory.peek(user), view);
  let finish = (): void => undefined;
  const changed = directory.during(user, async () => {
    t.notOk(view.live);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  let after: unknown;
  const waiting = directory.view(user).then((next) => (after = next));
  await world.settle();
  t.equal(after, undefined, 'a new one waits for the end of the change');
  t.equal(directory.peek(user), undefined);
  finish();
  await Promise.all([changed, waiting]);
  t.not(after, view);
  await t.rejects(directory.during(user, () => Promise.reject(new Error('refused'))), { message: 'refused' });
  t.ok((await directory.view(user)).live, 'a change that failed opens the gate, too');
});

await t.test('a view that was being read when a change began is read again', async (t) => {
  const store = createMemoryStore();
  await store.addUser({ id: 'usr_1' as UserId, name: 'anna', createdAtMs: 1 });
  const directory = new Directory({ store });
  let reads = 0;
  const read = store.grantsOfUser.bind(store);
  let proceed = (): void => undefined;
  store.grantsOfUser = async (user) => {
    reads += 1;
    const grants = await read(user);
    if (reads === 1) {
      await new Promise<void>((resolve) => {
        proceed = resolve;
      });
    }
    return grants;
  };
  const view = directory.view('usr_1' as UserId);
  await directory.during('everyone', () => Promise.resolve());
  proceed();
  t.ok((await view).live);
  t.equal(reads, 2);
});

await t.test('a public key is a point on P-256, as the system\'s library sees it', (t) => {
  const seed = Number(process.env['LOWBEAT_SEED'] ?? Date.now() % 1_000_000);
  const random = createPrng(seed);
  t.comment(`seed ${seed}`);
  const bySystem = (key: Uint8Array): boolean => {
    try {
      return key[0] === 4 && ECDH.convertKey(Buffer.from(key), 'prime256v1') !== '';
    } catch {
      return false;
    }
  };
  for (let count = 0; count < 200; count += 1) {
    const pair = createECDH('prime256v1');
    pair.generateKeys();
    const key = new Uint8Array(pair.getPublicKey());
    t.ok(isPublicKey(key));
    // As a part of a larger buffer.
    t.ok(isPublicKey(Buffer.concat([Buffer.alloc(21), key]).subarray(21)));
    const index = 1 + Math.floor(random.next() * 64);
    key[index] = (key[index] ?? 0) ^ (1 << Math.floor(random.next() * 8));
    t.equal(isPublicKey(key), bySystem(key), Buffer.from(key).toString('hex'));
  }
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  for (const [wrong, key] of [
    ['compressed', pair.getPublicKey(null, 'compressed')], ['too short', pair.getPublicKey().subarray(0, 64)], ['too long', Buffer.concat([pair.getPublicKey(), Buffer.alloc(1)])],
    ['zero', Buffer.concat([Buffer.from([4]), Buffer.alloc(64)])], ['above the field', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 0xff)])], ['nothing', Buffer.alloc(0)],
  ] as const) t.notOk(isPublicKey(key), wrong);
  t.end();
});

await t.test('what is at hand is not waited for, and what fails rejects, at hand or not', async (t) => {
  const fails = (): never => {
    throw new RangeError('no');
  };
  t.equal(followed(followed(1, (one) => one + 1), (two) => two * 2), 4, 'at once');
  t.equal(await followed(Promise.resolve(1), (one) => one + 1), 2);
  t.equal(await followed(1, (one) => Promise.resolve(one + 1)), 2);
  for (const failing of [begun(fails), followed(1, fails), followed(Promise.resolve(1), fails), followed(Promise.reject(new RangeError('no')), (value) => value)]) {
    t.type(failing, Promise);
    t.equal(await mended<unknown>(failing, (error) => String(error)), 'RangeError: no');
  }
  t.equal(mended(3, fails), 3, 'nothing to mend');
  await t.rejects(async () => mended(begun<number>(fails), fails), RangeError, 'what mends may fail, too');
});
