// The parts that bound the door, each alone.

import t from 'tap';

import { limits } from '../../../src/core/limits.js';
import { Places } from '../../../src/http/places.js';
import { FairTurns } from '../../../src/http/fair-turns.js';
import { PushBounds } from '../../../src/http/push/push-bounds.js';
import { ReceiptSeats } from '../../../src/http/push/receipts-waiting.js';
import { signer } from './vapid-signer.js';

await t.test('places: so many of one name, so many of all, and each comes back once', (t) => {
  const places = new Places({ ofOne: 2, ofAll: 4 });
  const taken = ['a', 'a', 'b'].map((name) => places.take(name));
  t.equal(places.take('a'), 'full-for-one');
  t.type(places.take(), 'function', 'without a name');
  t.equal(places.take('b'), 'full-for-all');
  const [first] = taken;
  if (typeof first === 'function') {
    first();
    first();
  }
  t.equal(places.taken, 3);
  t.type(places.take('a'), 'function');
  t.equal(places.take('b'), 'full-for-all');
  t.equal(places.names, 2);
  t.end();
});

await t.test('turns: each name has one before any has another, whoever came first', async (t) => {
  const turns = new FairTurns({ atOnce: 2 });
  const done: string[] = [];
  const running: (() => void)[] = [];
  const run = (name: string): Promise<void> => turns.run(name, async () => {
    await new Promise<void>((resolve) => running.push(resolve));
    done.push(name);
  });
  const all = Array.from('aaaaaabbc', run);
  t.equal(turns.size, 9);
  while (done.length < 9) {
    t.ok(running.length <= 2, 'two at once');
    running.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  t.equal(done.join(''), 'aaabcabaa');
  t.equal(turns.size, 0);
});

await t.test('turns: what fails hands its place on', async (t) => {
  const turns = new FairTurns({ atOnce: 1 });
  const failing = turns.run('a', () => Promise.reject(new Error('it fails')));
  const next = turns.run('b', () => Promise.resolve('done'));
  await t.rejects(failing, /it fails/);
  t.equal(await next, 'done');
  t.equal(turns.size, 0);
});

await t.test('readers of receipts at one address are bounded, however many subscriptions they read', (t) => {
  const seats = new ReceiptSeats();
  const take = (token: number, address: string): number => {
    const seat = seats.take({ token: String(token), address });
    return 'problem' in seat ? seat.problem.status : 200;
  };
  for (let index = 0; index < limits.receiptReadersPerAddress; index += 1) {
    if (take(index, `2001:db8:0:1::${index % 7}`) !== 200) t.fail(`reader ${index} has no place`);
  }
  t.match(seats.take({ token: 'x', address: '2001:db8:0:1::ff' }), {
    problem: { status: 429, code: 'too-many-readers', retryAfterSeconds: 10 },
  });
  t.equal(take(0, '2001:db8:0:2::1'), 200, 'another network');
  t.equal(seats.taken, limits.receiptReadersPerAddress + 1);
  t.end();
});

await t.test('rates of more names than are remembered: the longest silent is forgotten, and is full again', (t) => {
  const { rates } = new PushBounds({ pushRates: 1_000, endpointPushBurst: 1, endpointPushesPerSecond: 1 });
  for (let index = 0; index < 10_000; index += 1) {
    if (rates.toEndpoint(`sub_${index}`, 0) !== undefined) t.fail(`endpoint ${index} is limited`);
  }
  t.equal(rates.remembered, 1_000);
  t.match(rates.toEndpoint('sub_9999', 0), { status: 429, retryAfterSeconds: 1 });
  t.equal(rates.toEndpoint('sub_0', 0), undefined);
  t.end();
});

await t.test('a signature that was checked is known until it ends, for the origin that it was checked for', async (t) => {
  const { signatures } = new PushBounds({ signatureChecks: 1 });
  const { sign, key } = await signer();
  const nowMs = Date.now();
  const origin = 'https://push.example.org';
  const authorization = await sign({ aud: origin, exp: Math.floor(nowMs / 1_000) + 60 });
  const endMs = (Math.floor(nowMs / 1_000) + 60 + limits.vapidLeewaySeconds) * 1_000;
  const ask = (changed: { readonly authorization?: string; readonly cryptoKey?: string; readonly origin?: string; readonly nowMs?: number } = {}) =>
    signatures.of({
      headers: { authorization: changed.authorization ?? authorization, cryptoKey: changed.cryptoKey },
      origin: changed.origin ?? origin, address: '192.0.2.1', nowMs: changed.nowMs ?? nowMs,
    });
  const signed = await ask();
  t.match(signed, { outcome: 'signed', keyName: Buffer.from(key).toString('base64url') });
  for (const time of ['the second time', 'and from then on']) t.equal(ask(), signed, `${time} at once`);
  t.equal(ask({ authorization: authorization.replace(', ', ',  ') }), signed, 'in other words');
  t.equal(ask({ nowMs: endMs - 1 }), signed);
  t.match(await ask({ nowMs: endMs }), { outcome: 'refused', detail: 'the token has ended' });
  t.match(await ask({ origin: 'https://elsewhere.example' }), { outcome: 'refused' }, 'of another origin');
  t.equal(ask(), signed);

  const [, token = '', k = ''] = /t=(\S+), k=(\S+)/.exec(await sign({ aud: origin, exp: Math.floor(nowMs / 1_000) + 60 })) ?? [];
  const older = { authorization: `WebPush ${token}`, cryptoKey: `p256ecdsa=${k}` };
  const checked = await ask(older);
  t.match(checked, { outcome: 'signed' });
  for (const time of ['the second time', 'and from then on']) t.equal(ask(older), checked, `${time} at once, with its key in a header of its own`);
  const { key: otherKey } = await signer();
  t.match(await ask({ ...older, cryptoKey: `p256ecdsa=${Buffer.from(otherKey).toString('base64url')}` }), { outcome: 'refused' }, 'with another key');
  t.match(ask({ authorization: older.authorization }), { outcome: 'refused' }, 'without a key');
  t.equal(signatures.underWay, 0);
});
