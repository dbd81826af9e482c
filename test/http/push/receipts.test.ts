import fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../../src/core/limits.js';
import type { PushReceipt, ReceiptReader } from '../../../src/gateway/push-doors.js';
import { Ticker } from '../../../src/gateway/ticker.js';
import { addReceiptRoutes } from '../../../src/http/push/receipts.js';
import { ReceiptSeats } from '../../../src/http/push/receipts-waiting.js';
import { StoreError } from '../../../src/ports/store.js';
import { openLevelStore } from '../../../src/store/level/level-store.js';
import { VirtualTime } from '../../gateway/virtual-time.js';
import { origin, phoneOf, pushWorld, soon } from './push-world.js';
import type { Answer, Phone, PushWorld } from './push-world.js';

interface Sender extends PushWorld, Phone {
  /** Sends a wake-up that wants a receipt; its message URL. */
  readonly send: (headers?: Record<string, string>) => Promise<string>;
  /** Where the receipts are. */
  readonly receipts: string;
  /** The phone acknowledges all that came. */
  readonly take: () => Promise<void>;
}

async function senderOf(t: Test): Promise<Sender> {
  const setting = await pushWorld(t);
  const phone = await phoneOf(setting.world);
  return { ...setting, ...phone, ...await sending(setting, phone) };
}

async function sending(setting: PushWorld, { phone, endpoint }: Phone): Promise<Pick<Sender, 'send' | 'receipts' | 'take'>> {
  const post = (headers: Record<string, string> = {}): Promise<Answer> =>
    setting.ask('POST', endpoint, { ttl: '3600', prefer: 'respond-async', ...headers });
  const first = await post({ ttl: '0' });
  const receipts = /<([^>]+)>/.exec(first.headers['link'] ?? '')?.[1] ?? '';
  let seen = 0;
  const take = async (): Promise<void> => {
    await setting.world.settle();
    const acks = phone.notifications.slice(seen).map(({ id }) => id);
    seen += acks.length;
    if (acks.length > 0) await phone.up({ acks });
    await setting.world.settle();
  };
  await take();
  const told = await setting.ask('GET', receipts, { prefer: 'wait=0' });
  await setting.ask('GET', next(told), { prefer: 'wait=0' });
  return { send: async (headers) => (await post(headers)).headers['location'] ?? '', receipts, take };
}

function next({ headers }: Pick<Answer, 'headers'>): string {
  return /<([^>]+)>; rel="next"/.exec(headers['link'] ?? '')?.[1] ?? '';
}

function listOf({ body }: Answer): { readonly message: string; readonly status: number }[] {
  return JSON.parse(body) as { message: string; status: number }[];
}

const atOnce = { prefer: 'wait=0' };

await t.test('web-push 11: 204 for what was acknowledged, 410 for what was given up', async (t) => {
  const { ask, send, take, receipts, phone, world } = await senderOf(t);
  const taken = await send();
  await take();
  phone.drop();
  const late = await send({ ttl: '1' });
  await world.sweep();
  const answer = await ask('GET', receipts, atOnce);
  t.equal(answer.status, 200);
  t.match(answer.headers['content-type'], /^application\/json/);
  t.match(answer.headers, { 'cache-control': 'no-store', 'preference-applied': 'wait=0' });
  t.same(listOf(answer), [{ message: taken, status: 204 }, { message: late, status: 410 }]);
  const none = await ask('GET', next(answer), atOnce);
  t.match(none, { status: 204, body: '' });
  t.equal(next(none), next(answer), 'an empty answer says where to go on, too');
});

await t.test('web-push 11: a GET is held until there is something, or the time is over', async (t) => {
  const { hold, send, take, receipts, world, waiting } = await senderOf(t);
  const first = hold(receipts, { prefer: 'wait=30' });
  await soon('it waits', () => waiting() === 1);
  const message = await send();
  t.notOk(first.answered());
  await take();
  t.same(listOf(await first.answer), [{ message, status: 204 }]);

  const waits: readonly (readonly [prefer: string | undefined, seconds: number, applied: string | undefined])[] = [
    ['wait=3', 3, 'wait=3'],
    ['handling=lenient, WAIT="4"', 4, 'wait=4'],
    ['wait=86400', limits.receiptWaitSeconds, `wait=${limits.receiptWaitSeconds}`],
    ['wait=soon', limits.receiptWaitSeconds, `wait=${limits.receiptWaitSeconds}`],
    [undefined, limits.receiptWaitSeconds, undefined],
  ];
  for (const [prefer, seconds, applied] of waits) {
    const held = hold(`${receipts}?after=1`, prefer === undefined ? {} : { prefer });
    await soon('it waits', () => waiting() === 1);
    await world.advance(seconds * 1000 - 500);
    t.notOk(held.answered(), `${prefer}: not yet`);
    await world.advance(1_000);
    const answer = await held.answer;
    t.match(answer, { status: 204 }, `${prefer}: 204 after ${seconds} seconds`);
    t.equal(answer.headers['preference-applied'], applied);
  }
});

await t.test('with the cursor nothing is lost that was not seen, and nothing is told again that was', async (t) => {
  const { ask, send, take, receipts } = await senderOf(t);
  const start = next(await ask('GET', receipts, atOnce));
  const first = await send();
  await take();
  const told = await ask('GET', start, atOnce);
  t.same(listOf(told).map(({ message }) => message), [first]);
  t.equal((await ask('GET', start, atOnce)).body, told.body, 'the answer was lost: it is given again');
  const second = await send();
  await take();
  const more = await ask('GET', next(told), atOnce);
  t.same(listOf(more).map(({ message }) => message), [second]);
  const fromBegin = await ask('GET', `${receipts}?after=0`, atOnce);
  t.same(listOf(fromBegin).map(({ message }) => message), [second], 'the first was confirmed by the cursor, the second by nobody');
  t.match(await ask('GET', next(more), atOnce), { status: 204 });
  t.match(await ask('GET', `${receipts}?after=0`, atOnce), { status: 204 });
});

await t.test('without the cursor a receipt is told until an answer was taken whole', async (t) => {
  const { ask, hold, send, take, receipts, waiting } = await senderOf(t);
  const gone = hold(receipts, { prefer: 'wait=50' });
  gone.answer.catch(() => undefined);
  await soon('it waits', () => waiting() === 1);
  gone.leave();
  await soon('it has left', () => waiting() === 0);
  const message = await send();
  await take();
  t.same(listOf(await ask('GET', receipts, atOnce)), [{ message, status: 204 }], 'who left has taken nothing');
  await take();
  t.match(await ask('GET', receipts, atOnce), { status: 204 });
});

await t.test('HEAD asks whether it is there, and neither waits nor confirms', async (t) => {
  const { ask, send, take, receipts } = await senderOf(t);
  await send();
  await take();
  t.match(await ask('HEAD', receipts), { status: 200, body: '' });
  t.match(await ask('HEAD', `${receipts}x`), { status: 404 });
  await take();
  t.equal(listOf(await ask('GET', receipts, atOnce)).length, 1);
});

await t.test('an unknown receipt subscription is 404, a cursor that is none 400', async (t) => {
  const { ask, receipts } = await senderOf(t);
  for (const url of [`${origin}/receipts/x`, `${receipts}x`, receipts.replace('/receipts/', '/receipts/A')]) {
    const answer = await ask('GET', url, atOnce);
    t.match(answer, { status: 404 });
    t.match(JSON.parse(answer.body), { code: 'unknown-destination' });
  }
  for (const query of ['after=', 'after=x', 'after=-1', 'after=1e3', 'after=1&after=2', `after=${'9'.repeat(16)}`]) {
    const answer = await ask('GET', `${receipts}?${query}`, atOnce);
    t.match(answer, { status: 400 }, query);
    t.match(JSON.parse(answer.body), { code: 'bad-request' });
  }
  t.match(await ask('GET', receipts, { ...atOnce, 'last-event-id': 'x' }), { status: 400 });
});

// --- server-sent events ---------------------------------------------------------------------------

const asStream = { accept: 'text/event-stream' };

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly message: string; readonly status: number };
}

/** As an EventSource reads them. */
function eventsOf(text: string): Event[] {
  return text.split('\n\n').slice(0, -1).filter((block) => block.includes('data:')).map((block) => {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    return { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? '') as Event['data'] };
  });
}

await t.test('web-push 11: as server-sent events', async (t) => {
  const { open, send, take, receipts, world, phone } = await senderOf(t);
  const first = await send();
  await take();
  const stream = await open(receipts, asStream);
  t.equal(stream.status, 200);
  t.match(stream.headers, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  await soon('the first receipt', () => eventsOf(stream.text()).length === 1);
  t.ok(stream.text().startsWith(`retry: ${limits.receiptRetryMs}\n\n`));
  await world.advance(1_000);
  const second = await send();
  await take();
  await soon('the second receipt', () => eventsOf(stream.text()).length === 2);
  phone.drop();
  t.same(eventsOf(stream.text()).map(({ event, data }) => ({ event, data })), [
    { event: 'receipt', data: { message: first, status: 204 } },
    { event: 'receipt', data: { message: second, status: 204 } },
  ]);

  t.comment('it ends by itself, and the reader that comes back says what it has');
  await world.advance(limits.receiptStreamMs);
  await soon('the end of the stream', () => stream.ended());
  const [told, last] = eventsOf(stream.text()).map(({ id }) => id);
  const again = await open(receipts, { ...asStream, 'last-event-id': told ?? '' });
  await soon('the second receipt again', () => eventsOf(again.text()).length === 1);
  t.same(eventsOf(again.text()).map(({ id }) => id), [last]);
  again.leave();
  const third = await open(`${receipts}?after=${told}`, { ...asStream, 'last-event-id': last ?? '' });
  await soon('the stream', () => third.text().startsWith('retry:'));
  await world.advance(limits.receiptBeatMs + 1_000);
  await soon('a sign of life', () => third.text().endsWith('\n\n:\n\n'));
  t.same(eventsOf(third.text()), [], 'Last-Event-ID counts, for it is newer than the address');
  await world.advance(10 * limits.receiptStreamMs);
  t.notOk(third.ended(), 'a stream that told nothing stays');
  third.leave();
});

await t.test('readers are bounded, and those that leave make room', async (t) => {
  const { ask, open, hold, receipts, world, waiting, ...sender } = await senderOf(t);
  const streams = await Promise.all(Array.from({ length: limits.receiptReadersPerSubscription - 1 }, () => open(receipts, asStream)));
  const held = hold(receipts);
  held.answer.catch(() => undefined);
  const most = limits.receiptReadersPerSubscription;
  await soon('all wait', () => waiting() === most);
  const refused = await ask('GET', receipts);
  t.match(refused, { status: 429, headers: { 'retry-after': '10' } });
  t.match(JSON.parse(refused.body), { code: 'too-many-readers' });
  const other = await sending({ ask, open, hold, world, waiting, ...sender }, await phoneOf(world, 'org.example.mail'));
  t.match(await ask('GET', other.receipts, atOnce), { status: 204 }, 'another subscription has room of its own');
  for (const [index, leave] of [() => streams[0]?.leave(), () => held.leave()].entries()) {
    leave();
    await soon('it has left', () => waiting() === most - 1 - index);
    t.match(await ask('GET', receipts, atOnce), { status: 204 }, 'a place is free');
  }
  await sender.front.close(1_000);
});

await t.test('readers of all subscriptions together are bounded', (t) => {
  const seats = new ReceiptSeats();
  let taken = 0;
  const take = (token: string): number | (() => void) => {
    const seat = seats.take({ token, address: `192.0.2.${taken % 100}` });
    return 'problem' in seat ? seat.problem.status : () => seat.leave();
  };
  let last = take('0');
  while (typeof last === 'function' && taken <= limits.receiptReaders) {
    taken += 1;
    const following = take(String(taken >> 3));
    if (typeof following === 'number') {
      t.equal(following, 503);
      break;
    }
    last = following;
  }
  t.equal(taken, limits.receiptReaders);
  if (typeof last === 'function') {
    last();
    last();
  }
  t.type(take('x'), 'function');
  t.equal(take('x'), 503, 'leaving twice frees one place');
  t.end();
});

await t.test('a stop lets go of every reader', async (t) => {
  const { hold, open, front, receipts, waiting } = await senderOf(t);
  const held = hold(receipts);
  const stream = await open(receipts, asStream);
  await soon('both wait', () => waiting() === 2);
  const before = Date.now();
  await front.close(10_000);
  t.ok(Date.now() - before < 5_000, 'nobody is waited for');
  const answer = await held.answer;
  t.match(answer, { status: 503, headers: { 'retry-after': '5' } });
  t.match(JSON.parse(answer.body), { code: 'stopping' });
  await soon('the end of the stream', () => stream.ended());
});

await t.test('receipts survive a restart', async (t) => {
  const folder = t.testdir();
  const open = () => openLevelStore({ folder, onError: (error) => t.fail(String(error)) });
  const store = await open();
  const before = await pushWorld(t, { store });
  const owner = await phoneOf(before.world);
  const { send, take, receipts } = await sending(before, owner);
  const taken = await send();
  await take();
  const waiting = await send();
  await before.front.close(1_000);
  await before.world.gateway.stop(1_000);
  await store.close();

  const store2 = await open();
  const after = await pushWorld(t, { store: store2 });
  t.teardown(() => store2.close());
  const told = await after.ask('GET', receipts, atOnce);
  t.same(listOf(told), [{ message: taken, status: 204 }]);
  const phone = await after.world.connect(owner.device.id);
  await phone.up({ acks: phone.notifications.map(({ id }) => id) });
  await after.world.settle();
  t.same(listOf(await after.ask('GET', next(told), atOnce)), [{ message: waiting, status: 204 }]);
});

// --- a reader of one's own: what no store does when it is asked to ----------------------------------

interface Fake {
  readonly time: VirtualTime;
  readonly port: number;
  readonly get: (headers?: Record<string, string>) => Promise<Response>;
}

/** The routes over `reader`, and nothing else. */
async function over(t: Test, reader: ReceiptReader): Promise<Fake> {
  const time = new VirtualTime();
  const app = fastify();
  addReceiptRoutes(app, {
    push: { receipts: (token) => Promise.resolve(token === 'known' ? reader : undefined) },
    urlOf: (kind, token) => `${origin}/${kind}/${token}`,
    clock: time,
    deadlines: new Ticker({ clock: time, every: time.every }),
    seats: new ReceiptSeats(),
  });
  t.teardown(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { time, port, get: (headers = {}) => fetch(`http://127.0.0.1:${port}/receipts/known`, { headers }) };
}

/** Receipts without end. */
const endless: ReceiptReader = {
  read: (after, limit) => Promise.resolve(Array.from({ length: limit }, (_, index): PushReceipt => ({
    sequence: after + index + 1, message: 'm'.repeat(120), state: 'acknowledged',
  }))),
  confirm: () => Promise.resolve(),
  wait: () => () => undefined,
};

await t.test('a stream ends after many receipts', async (t) => {
  const { get } = await over(t, endless);
  const events = eventsOf(await (await get(asStream)).text());
  t.ok(events.length >= limits.receiptStreamItems, `${events.length} receipts`);
  t.ok(events.length < limits.receiptStreamItems + limits.receiptsAtOnce);
  t.same(events.map(({ id }) => Number(id)), events.map((_, index) => index + 1), 'each once, in order');
});

await t.test('a reader that does not read costs a bound and then its connection', async (t) => {
  let reads = 0;
  const { port, time } = await over(t, {
    ...endless,
    read: (after, limit) => {
      reads += 1;
      // A few make more than the buffers of two sockets hold.
      return endless.read(after, limit).then((receipts) => receipts.map((one) => ({ ...one, message: 'm'.repeat(60_000) })));
    },
  });
  const socket = connect(port, '127.0.0.1');
  let closed = false;
  socket.on('close', () => {
    closed = true;
  }).on('error', () => undefined);
  socket.write('GET /receipts/known HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n');
  socket.pause();
  await soon('the stream has begun', () => reads > 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const until = reads;
  await time.advance(limits.blockedMs / 2);
  t.equal(reads, until, 'nothing more is read for it');
  await time.advance(limits.blockedMs);
  socket.resume();
  await soon('the connection ends', () => closed);
  t.equal(reads, until);
});

await t.test('a store that fails is 503 for a list, and the end of a stream that has begun', async (t) => {
  let fails = false;
  let ring = (): void => undefined;
  const { get } = await over(t, {
    read: () => (fails ? Promise.reject(new StoreError('STORE_UNAVAILABLE', 'no')) : Promise.resolve([])),
    confirm: () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'no')),
    wait: (onNews) => {
      ring = onNews;
      return () => undefined;
    },
  });
  const stream = await get(asStream);
  fails = true;
  ring();
  t.equal(await stream.text(), `retry: ${limits.receiptRetryMs}\n\n`, 'as if it had come to its end');
  // The answer itself is made by the error handler of the whole.
  t.equal((await get(atOnce)).status, 500);
  fails = false;
  t.equal((await get(atOnce)).status, 204, 'its place is free');
});

await t.test('news that come while the store is read are not missed', async (t) => {
  let count = 0;
  const { get } = await over(t, {
    read: () => Promise.resolve(count === 0 ? [] : [{ sequence: 1, message: 'a', state: 'expired' }]),
    confirm: () => Promise.resolve(),
    wait: (onNews) => {
      count += 1;
      if (count === 1) queueMicrotask(onNews);
      return () => undefined;
    },
  });
  const answer = await get({ prefer: 'wait=50' });
  t.same(await answer.json(), [{ message: `${origin}/message/a`, status: 410 }]);
});
