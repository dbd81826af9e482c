// The door under load, over real sockets. A proxy that is trusted stands for many addresses, so that they need not be this
// machine's; the clock of all rates is virtual, and what is asserted is order and number, never time.

import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../../src/core/limits.js';
import type { PushGateway } from '../../../src/gateway/push-doors.js';
import { PushBounds } from '../../../src/http/push/push-bounds.js';
import type { PushBoundLimits } from '../../../src/http/push/push-bounds.js';
import { openLevelStore } from '../../../src/store/level/level-store.js';
import type { World } from '../../gateway/world.js';
import { origin, phoneOf, pushWorld, soon, through } from './push-world.js';
import type { PushWorld, PushWorldOptions } from './push-world.js';
import { RawConnection, pushBytes, pushHead, someBody } from './raw-sender.js';
import type { RawAnswer, RawPush } from './raw-sender.js';
import { signer } from './vapid-signer.js';
import type { Signer } from './vapid-signer.js';

t.setTimeout(120_000);

const [storm, other] = ['198.51.100.1', '203.0.113.1'];

interface Door extends PushWorld {
  readonly bounds: PushBounds;
  readonly connect: () => Promise<RawConnection>;
  /** One push on a connection of its own. */
  readonly push: (push: RawPush) => Promise<RawAnswer | undefined>;
  /** Notifications that wait. */
  readonly kept: () => Promise<number>;
  /** Nothing of what was asked for is left: no connection, no request, no check. */
  readonly quiet: () => Promise<void>;
}

async function door(t: Test, bounded: Partial<PushBoundLimits> = {}, options: PushWorldOptions = {}): Promise<Door> {
  const bounds = new PushBounds(bounded);
  const setting = await pushWorld(t, { bounds, behindProxy: true, ...options });
  const { world, front, port } = setting;
  const connections: RawConnection[] = [];
  const connect = async (): Promise<RawConnection> => {
    const connection = await RawConnection.open(port);
    connections.push(connection);
    return connection;
  };
  return {
    ...setting, bounds, connect,
    push: async (push) => {
      const connection = await connect();
      const answer = await connection.ask(pushBytes(push));
      connection.destroy();
      return answer;
    },
    kept: async () => (await world.store.counts()).waitingNotifications,
    quiet: async () => {
      for (const connection of connections) connection.destroy();
      await soon('nothing is under way', () =>
        front.connections === 0 && bounds.pushes.count === 0 && bounds.signatures.underWay === 0 && bounds.seats.taken === 0);
    },
  };
}

function times<Result>(count: number, make: (index: number) => Result): Result[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** How many there are of each status. */
function tally(answers: readonly (RawAnswer | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer?.status ?? 'none'] = (counts[answer?.status ?? 'none'] ?? 0) + 1;
  return counts;
}

/** Endpoints of one device each that is away, so that what is kept waits. */
async function endpoints(world: World, count: number, key?: Uint8Array): Promise<string[]> {
  return Promise.all(times(count, async () => {
    const { phone, endpoint } = await phoneOf(world, 'org.example.chat', key);
    phone.drop();
    return endpoint;
  }));
}

function claims(world: World): Record<string, unknown> {
  return { aud: origin, exp: Math.floor(world.time.nowMs() / 1000) + 3_600 };
}

async function signatures(world: World, { sign }: Signer, count: number): Promise<string[]> {
  return Promise.all(times(count, () => sign(claims(world))));
}

await t.test('who sends slow bodies takes a share of his own, and others are served meanwhile', async (t) => {
  const { world, bounds, connect, push, kept, quiet } = await door(t, { pushesUnderWayPerAddress: 100 });
  const [endpoint = ''] = await endpoints(world, 1);
  const slow = await Promise.all(times(200, connect));
  for (const connection of slow) connection.write(pushHead({ endpoint, from: storm }));
  for (const connection of slow) connection.write(someBody.subarray(0, 3));
  await soon('all are held or refused', () => bounds.pushes.count === 100 && slow.filter(({ answers }) => answers.length > 0).length === 100);
  const refused = slow.flatMap(({ answers }) => answers);
  t.same(tally(refused), { 429: 100 }, 'what is too much of one address is told to come again');
  t.match(refused[0], { retryAfter: '1', body: /"code":"too-many-requests"/ });
  for (let round = 3; round < 8; round += 1) {
    for (const connection of slow) connection.write(someBody.subarray(round, round + 1));
    t.match(await push({ endpoint, from: other }), { status: 201 }, 'another address, while they are open');
    t.match(await push({ endpoint, from: storm }), { status: 429 }, 'and the same');
  }
  t.equal(bounds.pushes.count, 100);
  const [held] = slow.filter(({ answers }) => answers.length === 0);
  held?.write(someBody.subarray(8));
  t.match(await held?.answer(0), { status: 201 }, 'who comes to an end is served');
  await soon('its place is free', () => bounds.pushes.count === 99);
  t.match(await push({ endpoint, from: storm }), { status: 201 });
  await quiet();
  t.equal(await kept(), 7, 'and nothing is kept of bodies that did not end');
});

await t.test('all slow bodies together are bounded, too', async (t) => {
  const { world, bounds, connect, push, quiet } = await door(t, { pushesUnderWay: 50 });
  const [endpoint = ''] = await endpoints(world, 1);
  const slow = await Promise.all(times(50, connect));
  slow.forEach((connection, index) => connection.write(pushHead({ endpoint, from: `198.51.100.${index}` })));
  await soon('all are held', () => bounds.pushes.count === 50);
  t.match(await push({ endpoint, from: other }), { status: 503, retryAfter: '1', body: /"code":"too-many-requests"/ });
  slow[0]?.destroy();
  await soon('one has left', () => bounds.pushes.count === 49);
  t.match(await push({ endpoint, from: other }), { status: 201 });
  await quiet();
});

await t.test('what never ends is cut off: a body, a head', async (t) => {
  const timeouts = { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 20 };
  const { world, connect, kept, quiet } = await door(t, {}, { times: timeouts });
  const [endpoint = ''] = await endpoints(world, 1);
  const head = pushHead({ endpoint, from: storm });
  const endless = await Promise.all(times(40, connect));
  endless.forEach((connection, index) => connection.write(index % 2 === 0 ? head : head.slice(0, 60)));
  const trickle = setInterval(() => endless.forEach((connection, index) => {
    if (!connection.ended) connection.write(index % 2 === 0 ? someBody.subarray(0, 1) : 'x');
  }), 20);
  await Promise.all(endless.map((connection) => connection.end()));
  clearInterval(trickle);
  t.same(tally(endless.map(({ answers }) => answers[0])), { 408: 40 });
  await quiet();
  t.equal(await kept(), 0);
});

await t.test('requests that are aborted leave nothing behind, and keep nothing that was not whole', async (t) => {
  const { world, bounds, connect, push, kept, quiet } = await door(t);
  const key = await signer();
  const all = await endpoints(world, 8);
  const tokens = await signatures(world, key, 200);
  const pushOf = (index: number): RawPush => ({ endpoint: all[index % 8] ?? '', from: storm, authorization: tokens[index] ?? '' });
  const connections = await Promise.all(times(200, connect));
  connections.forEach((connection, index) => connection.write(pushBytes(pushOf(index)).subarray(0, -20)));
  await soon('some wait for their bodies', () => bounds.pushes.count > 0);
  await quiet();
  t.equal(await kept(), 0, 'of halves nothing is kept');

  const whole = await Promise.all(times(200, connect));
  whole.forEach((connection, index) => connection.write(pushBytes(pushOf(index))));
  await whole[7]?.answer(0);
  await quiet();
  t.ok(await kept() <= 200, `of ${await kept()} that were whole each was kept once or not at all`);

  const pipelined = await Promise.all(times(10, connect));
  for (const connection of pipelined) connection.write(Buffer.concat(times(20, (index) => pushBytes(pushOf(index)))));
  await soon('they have come', () => bounds.pushes.count > 0 || pipelined.some(({ answers }) => answers.length > 0));
  await quiet();
  t.match(await push(pushOf(0)), { status: 201 }, 'the same sender as before');
});

await t.test('who aborts what the store has begun on keeps his place until it is done', async (t) => {
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let begun = 0;
  const around = (push: PushGateway): PushGateway => ({
    ...through(push),
    push: async (request) => {
      begun += 1;
      await held;
      return push.push(request);
    },
  });
  const { world, front, bounds, connect, push, quiet } = await door(t, { pushesUnderWayPerAddress: 3 }, { around });
  const [endpoint = ''] = await endpoints(world, 1);
  const connections = await Promise.all(times(3, connect));
  for (const connection of connections) connection.write(pushBytes({ endpoint, from: storm }));
  await soon('the store has begun', () => begun === 3);
  for (const connection of connections) connection.destroy();
  await soon('they have left', () => front.connections === 0);
  t.equal(bounds.pushes.count, 3);
  t.match(await push({ endpoint, from: storm }), { status: 429 });
  goOn();
  await quiet();
  t.match(await push({ endpoint, from: storm }), { status: 201 });
  await quiet();
});

await t.test('readers of receipts that leave, on one connection or many, free their places', async (t) => {
  const { world, bounds, connect, ask, quiet } = await door(t);
  const [endpoint = ''] = await endpoints(world, 1);
  const { headers } = await ask('POST', endpoint, { ttl: '60', prefer: 'respond-async' });
  const receipts = new URL(/<([^>]+)>/.exec(headers['link'] ?? '')?.[1] ?? '').pathname;
  const reading = `GET ${receipts} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const [one, many] = [await connect(), await Promise.all(times(6, connect))];
  one.write(reading.repeat(6));
  for (const connection of many) connection.write(reading);
  await soon('all wait', () => bounds.seats.taken === 12);
  await quiet();
});

await t.test('a connection serves many, one after the other or all at once, in their order', async (t) => {
  const { world, bounds, connect, kept, quiet } = await door(t, { pushesUnderWayPerAddress: 50 });
  const all = await endpoints(world, 8);
  const connection = await connect();
  const bytes = (index: number): Buffer => pushBytes({ endpoint: all[index % 8] ?? '', from: storm });
  for (let index = 0; index < 100; index += 1) t.equal((await connection.ask(bytes(index)))?.status, 201);
  t.equal(bounds.pushes.count, 0);
  connection.write(Buffer.concat(times(500, bytes)));
  await connection.answer(599);
  const counts = tally(connection.answers.slice(100));
  t.same(Object.keys(counts).filter((status) => status !== '429'), ['201'], JSON.stringify(counts));
  t.equal((counts['201'] ?? 0) + (counts['429'] ?? 0), 500);
  t.equal(await kept(), 100 + (counts['201'] ?? 0), 'each answer tells the truth');
  t.match(await connection.ask(bytes(0)), { status: 201 }, 'it goes on');
  await quiet();
});

await t.test('floods of headers are cut off', async (t) => {
  const { world, connect, push, quiet } = await door(t);
  const [endpoint = ''] = await endpoints(world, 1);
  const head = pushHead({ endpoint, from: storm }).slice(0, -2);
  const floods = await Promise.all(times(20, connect));
  for (const connection of floods) connection.write(head + times(3_000, (index) => `x-${index}: 1\r\n`).join(''));
  t.same(tally(await Promise.all(floods.map((connection) => connection.answer(0)))), { 431: 20 });
  const many = await connect();
  t.match(await many.ask(Buffer.concat([Buffer.from(`${head}${times(900, (index) => `x-${index}: 1\r\n`).join('')}\r\n`), someBody])), { status: 201 });
  t.match(await push({ endpoint, from: other }), { status: 201 });
  await quiet();
});

await t.test('ten thousand endpoints, each with its own rate, on some hundred devices', async (t) => {
  const [devices, each] = [100, 100];
  const { world, bounds, connect, kept, quiet } = await door(t, { pushRates: 2_000 });
  const all: string[] = [];
  for (const device of times(devices, (index) => index)) {
    await world.user(`owner-${device}`);
    const phone = await world.connect((await world.device(`owner-${device}`)).id);
    await phone.up({ registrations: times(each, (index) => ({ request: index + 1, app: `org.example.app-${index}` })) });
    all.push(...phone.frames.flatMap(({ confirmations = [] }) => confirmations.map(({ endpoint = '' }) => endpoint)));
    phone.drop();
  }
  t.equal(new Set(all).size, 10_000);
  // Round by round over all devices, from many addresses.
  const lanes = await Promise.all(times(20, connect));
  const answers = await Promise.all(lanes.map(async (connection, lane) => {
    for (let start = lane; start < all.length; start += 20 * 25) {
      const some = times(25, (index) => all[start + index * 20]).filter((endpoint) => endpoint !== undefined);
      connection.write(Buffer.concat(some.map((endpoint, index) =>
        pushBytes({ endpoint, from: `198.51.${lane}.${(start + index) & 255}` }))));
      await connection.answer(connection.answers.length + some.length - 1);
    }
    return connection.answers;
  }));
  t.same(tally(answers.flat()), { 201: 10_000 });
  t.equal(await kept(), 10_000);
  t.equal(bounds.rates.remembered, 2_000, 'of rates as many are remembered as may be');
  await quiet();
});

await t.test('a storm of one key ends at what the key may, and nobody else notices', async (t) => {
  const { world, connect, push, quiet } = await door(t, { senderPushBurst: 1_000 });
  const [key, calm] = [await signer(), await signer()];
  const all = await endpoints(world, 20);
  const tokens = await signatures(world, key, 20);
  const lanes = await Promise.all(times(20, connect));
  // From twenty addresses: each is far from what an address may.
  const answers = await Promise.all(lanes.map(async (connection, lane) => {
    const bytes = pushBytes({ endpoint: all[lane] ?? '', from: `198.51.100.${lane}`, authorization: tokens[lane] ?? '' });
    for (let index = 0; index < 100; index += 1) await connection.ask(bytes);
    return connection.answers;
  }));
  t.same(tally(answers.flat()), { 201: 1_000, 429: 1_000 });
  const refused = answers.flat().find(({ status }) => status === 429);
  t.match(refused, { body: /an application server key may push/, retryAfter: '1' });
  const [mine = ''] = await signatures(world, calm, 1);
  for (const endpoint of all) t.match(await push({ endpoint, from: other, authorization: mine }), { status: 201 }, 'the same endpoint, another key');
  await world.advance(1_000);
  const [token = ''] = tokens;
  t.match(await push({ endpoint: all[0] ?? '', from: storm, authorization: token }), { status: 201 }, 'once time has passed');
  await quiet();
});

/** What happened, in its order: a push has come in or is answered, by subscription. */
interface Happening {
  readonly what: 'begun' | 'kept';
  readonly subscription: string;
}

function recording(happenings: Happening[]): (push: PushGateway) => PushGateway {
  return (push) => ({
    ...through(push),
    endpoint: async (token) => {
      const at = happenings.length;
      const endpoint = await push.endpoint(token);
      if (typeof endpoint === 'object') happenings.splice(at, 0, { what: 'begun', subscription: endpoint.subscription });
      return endpoint;
    },
    push: async (request) => {
      const result = await push.push(request);
      happenings.push({ what: 'kept', subscription: request.endpoint.subscription });
      return result;
    },
  });
}

await t.test('a storm from one address delays nobody else by more than the address may have under way', async (t) => {
  const store = await openLevelStore({ folder: t.testdir() });
  t.teardown(() => store.close());
  const happenings: Happening[] = [];
  const share = 64;
  const { world, connect, quiet } = await door(
    // So few tokens are remembered that each is checked anew, as most senders sign each push anew.
    t, { pushesUnderWayPerAddress: share, signatureChecks: 4, vapidTokens: 1, endpointPushBurst: 100_000, senderPushBurst: 100_000 },
    { store, around: recording(happenings) },
  );
  const [key, calm] = [await signer(), await signer()];
  const all = await endpoints(world, 8);
  const { phone, endpoint: mine } = await phoneOf(world);
  phone.drop();
  const lanes = await Promise.all(times(100, connect));
  const tokens = await signatures(world, key, lanes.length);
  const mineSigned = await signatures(world, calm, 50);
  let over = false;
  const storming = Promise.all(lanes.map(async (connection, lane) => {
    const bytes = pushBytes({ endpoint: all[lane % 8] ?? '', from: storm, authorization: tokens[lane] ?? '' });
    while (!over) await connection.ask(bytes);
    return connection.answers;
  }));
  await soon('the storm is on', () => happenings.filter(({ what }) => what === 'kept').length >= share);
  const quietly = await connect();
  for (const authorization of mineSigned) await quietly.ask(pushBytes({ endpoint: mine, from: other, authorization }));
  over = true;
  const stormed = tally((await storming).flat());
  t.same(tally(quietly.answers), { 201: 50 });
  t.same(Object.keys(stormed).filter((status) => status !== '429'), ['201'], JSON.stringify(stormed));
  const overtaken = waits(happenings);
  t.equal(overtaken.length, 50);
  // What the store writes when it comes, what it writes next, and what was checked meanwhile.
  t.ok(Math.max(...overtaken) <= 3 * share, `storm's pushes kept while one of the other waited: ${overtaken.join(' ')}`);
  await quiet();
});

/** For each push of the subscription that pushed least: pushes of others that were kept while it was under way. */
function waits(happenings: readonly Happening[]): number[] {
  const counts = new Map<string, number>();
  for (const { what, subscription } of happenings) if (what === 'kept') counts.set(subscription, (counts.get(subscription) ?? 0) + 1);
  const [calm] = [...counts].sort(([, one], [, two]) => one - two)[0] ?? [];
  const found: number[] = [];
  let others = 0;
  for (const { what, subscription } of happenings) {
    if (subscription !== calm) others += what === 'kept' ? 1 : 0;
    else if (what === 'begun') others = 0;
    else found.push(others);
  }
  return found;
}

await t.test('wrong signatures are limited by address, and right ones cost nothing', async (t) => {
  const { world, bounds, push, quiet } = await door(t, { refusedSignatureBurst: 5, refusedSignaturesPerSecond: 1, vapidTokens: 32 });
  const [key, foreign] = [await signer(), await signer()];
  const [endpoint = ''] = await endpoints(world, 1);
  const right = await signatures(world, key, 60);
  for (const authorization of right) t.equal((await push({ endpoint, from: storm, authorization }))?.status, 201);
  t.equal(bounds.signatures.known, 32, 'as many are remembered as may be');
  const wrong = (await signatures(world, foreign, 10)).map((token) => token.replace(/k=.*/, `k=${Buffer.from(key.key).toString('base64url')}`));
  const answers: (RawAnswer | undefined)[] = [];
  for (const authorization of wrong) answers.push(await push({ endpoint, from: storm, authorization }));
  t.same(tally(answers), { 403: 5, 429: 5 });
  t.match(answers[9], { retryAfter: '1', body: /signature/ });
  t.match(await push({ endpoint, from: storm, authorization: right[59] ?? '' }), { status: 201 }, 'what is known is not checked again');
  t.match(await push({ endpoint, from: storm, authorization: right[0] ?? '' }), { status: 429 }, 'what was forgotten would have to be');
  t.match(await push({ endpoint, from: other, authorization: right[0] ?? '' }), { status: 201 }, 'another address');
  await world.advance(1_000);
  t.match(await push({ endpoint, from: storm, authorization: right[1] ?? '' }), { status: 201 }, 'once time has passed');
  await quiet();
});

await t.test('who may not push to an endpoint takes nothing from who may', async (t) => {
  const { world, bounds, connect, push, quiet } = await door(t);
  const [key, foreign] = [await signer(), await signer()];
  const [endpoint = ''] = await endpoints(world, 1, key.key);
  const [[mine = ''], [theirs = '']] = [await signatures(world, key, 1), await signatures(world, foreign, 1)];
  const connection = await connect();
  const attempts = [pushBytes({ endpoint, from: storm }), pushBytes({ endpoint, from: storm, authorization: theirs })];
  for (let index = 0; index < limits.endpointPushBurst; index += 1) {
    for (const bytes of attempts) await connection.ask(bytes);
  }
  t.same(tally(connection.answers), { 401: limits.endpointPushBurst, 403: limits.endpointPushBurst });
  t.equal(bounds.rates.endpoints, 0);
  t.match(await push({ endpoint, from: other, authorization: mine }), { status: 201 });
  await quiet();
});

await t.test('a storm of endpoints that never were is remembered nowhere', async (t) => {
  const { world, bounds, connect, push, quiet } = await door(t, { senderPushBurst: 2_000 });
  const [endpoint = ''] = await endpoints(world, 1);
  const [authorization = ''] = await signatures(world, await signer(), 1);
  const lanes = await Promise.all(times(10, connect));
  const answers = await Promise.all(lanes.map(async (connection, lane) => {
    for (let index = 0; index < 250; index += 1) {
      await connection.ask(pushBytes({ endpoint: `${endpoint.slice(0, -8)}${String(lane * 1_000 + index).padStart(8, 'x')}`, from: storm, authorization }));
    }
    return connection.answers;
  }));
  t.same(tally(answers.flat()), { 404: 2_000, 429: 500 });
  t.match({ endpoints: bounds.rates.endpoints, signatures: bounds.signatures.known }, { endpoints: 0, signatures: 0 });
  t.match(await push({ endpoint, from: other, authorization }), { status: 201 });
  await quiet();
});

await t.test('a limit never costs a sender its subscription', async (t) => {
  const { world, push, quiet } = await door(t, { senderPushBurst: 300, senderPushesPerSecond: 50, endpointPushBurst: 20 });
  const [authorization = ''] = await signatures(world, await signer(), 1);
  const all = await endpoints(world, 40);
  const seen: (RawAnswer | undefined)[] = [];
  for (let round = 0; round < 12; round += 1) {
    for (const endpoint of all.slice(0, 30)) seen.push(await push({ endpoint, from: storm, authorization }));
    for (const endpoint of all.slice(0, 2)) for (let index = 0; index < 5; index += 1) seen.push(await push({ endpoint, from: other }));
  }
  const refused = seen.filter((answer) => answer?.status !== 201);
  t.ok(refused.length > 100, `${refused.length} of ${seen.length} were limited`);
  t.same(Object.keys(tally(refused)), ['429']);
  t.ok(refused.every((answer) => Number(answer?.retryAfter) >= 1));
  await world.advance(1_000 * Math.max(...refused.map((answer) => Number(answer?.retryAfter))));
  for (const endpoint of all) t.equal((await push({ endpoint, from: storm, authorization }))?.status, 201, 'each endpoint is what it was');
  await quiet();
});

await t.test('connections of one address are bounded, those of all, and a proxy speaks for many', async (t) => {
  const alone = await door(t, {}, { behindProxy: false, limits: { httpConnectionsPerAddress: 20 } });
  const [endpoint = ''] = await endpoints(alone.world, 1);
  const connections = await Promise.all(times(30, alone.connect));
  const bytes = pushBytes({ endpoint, ttl: 60 });
  t.same(tally(await Promise.all(connections.map((connection) => connection.ask(bytes)))), { 201: 20, none: 10 });
  t.equal(alone.front.connections, 20);
  connections.find(({ ended }) => !ended)?.destroy();
  await soon('one has left', () => alone.front.connections === 19);
  t.match(await alone.push({ endpoint }), { status: 201 });
  await alone.quiet();

  const proxied = await door(t, {}, { limits: { httpConnectionsPerAddress: 20, httpConnections: 25 } });
  const [behind = ''] = await endpoints(proxied.world, 1);
  const many = await Promise.all(times(30, proxied.connect));
  t.same(tally(await Promise.all(many.map((connection) => connection.ask(pushBytes({ endpoint: behind }))))), { 201: 25, none: 5 });
  await proxied.quiet();
});
