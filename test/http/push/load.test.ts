// The door under load, over real sockets: what is asserted is number, never time.

import t from 'tap';

import type { PushGateway } from '../../../src/gateway/push-doors.js';
import { door, endpoints, other, signatures, storm, tally, times } from './loaded-door.js';
import { soon, through } from './push-world.js';
import { pushBytes, pushHead, someBody } from './raw-sender.js';
import type { RawPush } from './raw-sender.js';
import { signer } from './vapid-signer.js';

t.setTimeout(120_000);

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
