import { createECDH } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../../src/core/limits.js';
import { StoreError } from '../../../src/ports/store.js';
import type { Store } from '../../../src/ports/store.js';
import { createMemoryStore } from '../../../src/store/memory/memory-store.js';
import { fittingPayload } from '../../../src/http/push/matrix-payload.js';
import { refusing } from '../../gateway/stores.js';
import { origin, phoneOf, pushWorld } from './push-world.js';
import type { Answer, Phone, PushWorld } from './push-world.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
t.comment(`LOWBEAT_SEED=${seed}`);
const path = '/_matrix/push/v1/notify';

interface Homeserver extends PushWorld, Phone {
  readonly notify: (notification: object) => Promise<Answer>;
  /** What reached a phone, as JSON. */
  readonly received: (phone: Phone['phone']) => Promise<{ notification: Record<string, unknown> }[]>;
}

async function homeserver(t: Test, store?: Store): Promise<Homeserver> {
  const setting = await pushWorld(t, store && { store });
  const phone = await phoneOf(setting.world, 'org.example.matrix');
  return {
    ...setting, ...phone,
    notify: (notification) => setting.ask('POST', path, { 'content-type': 'application/json' }, JSON.stringify({ notification })),
    received: async ({ notifications }) => {
      await setting.world.settle();
      return notifications.map(({ data, encrypted }) => {
        t.equal(encrypted, undefined, 'in the open');
        return JSON.parse(Buffer.from(data).toString()) as { notification: Record<string, unknown> };
      });
    },
  };
}

function deviceOf(pushkey: string): { app_id: string; pushkey: string; pushkey_ts: number; data: object; tweaks: object } {
  return { app_id: 'org.example.matrix.android', pushkey, pushkey_ts: 12_345_678, data: { format: 'event_id_only' }, tweaks: { sound: 'bing' } };
}

/** The example of the specification. */
const message = {
  content: { body: 'I\'m floating in a most peculiar way.', msgtype: 'm.text' },
  counts: { missed_calls: 1, unread: 2 },
  event_id: '$3957tyerfgewrf384',
  prio: 'high',
  room_alias: '#exampleroom:matrix.org',
  room_id: '!slw48wfj34rtnrf:example.com',
  room_name: 'Mission Control',
  sender: '@exampleuser:matrix.org',
  sender_display_name: 'Major Tom',
  type: 'm.room.message',
};

function rejectedOf({ status, body }: Answer): unknown {
  return status === 200 ? (JSON.parse(body) as { rejected: unknown }).rejected : status;
}

await t.test('a client asks whether a Matrix gateway is here', async (t) => {
  const { ask } = await homeserver(t);
  const answer = await ask('GET', path);
  t.match(answer, { status: 200, headers: { 'access-control-allow-origin': '*' } });
  t.same(JSON.parse(answer.body), { unifiedpush: { gateway: 'matrix' } });
});

await t.test('a notification reaches each of its devices, and none is told of another', async (t) => {
  const { notify, received, world, endpoint, phone } = await homeserver(t);
  const other = await phoneOf(world, 'org.example.matrix');
  const devices = [deviceOf(endpoint), deviceOf(other.endpoint)];
  const answer = await notify({ ...message, devices });
  t.match(answer.headers['content-type'], /^application\/json/);
  t.same(rejectedOf(answer), []);
  t.same(await received(phone), [{ notification: { ...message, devices: [devices[0]] } }]);
  t.same(await received(other.phone), [{ notification: { ...message, devices: [devices[1]] } }]);
});

await t.test('a pushkey that takes nothing any more, or is none of ours, is rejected', async (t) => {
  const { notify, received, world, endpoint, phone } = await homeserver(t);
  const gone = await phoneOf(world, 'org.example.matrix');
  await gone.phone.up({ removals: [1] });
  const ecdh = createECDH('prime256v1');
  const restricted = await phoneOf(world, 'org.example.matrix', ecdh.generateKeys());
  const foreign = [
    'https://elsewhere.example/push/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'https://elsewhere.example/upAbCd?up=1', 'not a URL', '',
    `${endpoint}x`, `${endpoint}?a=b`, endpoint.replace('/push/', '/message/'), 'file:///push/x', `${origin}/push/`,
  ];
  const keys = [gone.endpoint, restricted.endpoint, ...foreign];
  const answer = await notify({ ...message, devices: [...keys, endpoint].map(deviceOf) });
  t.same(rejectedOf(answer), keys);
  t.equal((await received(phone)).length, 1, 'the one that is left has it');
  t.same(restricted.phone.texts, [], 'a homeserver signs nothing');
});

await t.test('an endpoint of this gateway stays one when the gateway has another name', async (t) => {
  const { notify, received, endpoint, phone } = await homeserver(t);
  t.same(rejectedOf(await notify({ ...message, devices: [deviceOf(endpoint.replace(origin, 'http://10.0.0.5:8080/lowbeat'))] })), []);
  t.equal((await received(phone)).length, 1);
});

await t.test('a device that cannot be served now makes the homeserver come again; the others do not get it twice', async (t) => {
  const { notify, received, world, endpoint, phone } = await homeserver(t);
  const other = await phoneOf(world, 'org.example.matrix');
  for (let n = 0; n < limits.endpointPushBurst; n += 1) {
    const answer = await notify({ ...message, event_id: `$storm-${n}`, devices: [deviceOf(other.endpoint)] });
    if (answer.status !== 200) t.fail(`storm ${n}: ${answer.status}`);
  }
  const devices = [deviceOf(endpoint), deviceOf(other.endpoint), deviceOf(`${origin}/push/never`)];
  const refused = await notify({ ...message, devices });
  t.match(refused, { status: 429, headers: { 'retry-after': /^[1-9]/ } });
  t.match(JSON.parse(refused.body), { code: 'rate-limited' });
  t.equal((await received(phone)).length, 1);
  await world.advance(5_000);
  t.same(rejectedOf(await notify({ ...message, counts: { unread: 3 }, devices })), [`${origin}/push/never`]);
  t.equal((await received(phone)).length, 1, 'once, whatever was counted meanwhile');
  t.same(rejectedOf(await notify({ ...message, event_id: '$another', devices: [deviceOf(endpoint)] })), []);
  t.same(rejectedOf(await notify({ ...message, event_id: '$another', devices: [{ ...deviceOf(endpoint), data: { account: 2 } }] })), []);
  t.equal((await received(phone)).length, 3, 'another event, and the same for another account');
});

await t.test('a store that cannot keep it is 503, and nothing is rejected', async (t) => {
  const store = createMemoryStore();
  const { notify, received, world, endpoint, phone } = await homeserver(t, store);
  const accept = store.acceptFor.bind(store);
  store.acceptFor = refusing(new StoreError('STORE_UNAVAILABLE', 'the disk is full'));
  const refused = await notify({ ...message, devices: [deviceOf(endpoint), deviceOf('nonsense')] });
  t.match(refused, { status: 503, headers: { 'retry-after': /^[1-9]/ } });
  t.match(JSON.parse(refused.body), { code: 'store-unavailable' });
  store.acceptFor = accept;
  await world.advance(limits.probeFailingMs + 1_000);
  t.same(rejectedOf(await notify({ ...message, devices: [deviceOf(endpoint)] })), []);
  t.equal((await received(phone)).length, 1);
});

await t.test('urgency by prio, and counts replace each other', async (t) => {
  const { notify, world, endpoint, device, phone } = await homeserver(t);
  phone.drop();
  const sent: readonly (readonly [notification: object, urgency: string])[] = [
    [{ ...message, event_id: '$1' }, 'high'],
    [{ ...message, event_id: '$2', prio: 'low' }, 'low'],
    [{ ...message, event_id: '$3', prio: undefined }, 'high'],
    [{ ...message, event_id: '$4', prio: 'whatever' }, 'high'],
    [{ id: '', type: null, sender: '', counts: { unread: 7 } }, 'low'],
    [{ counts: { unread: 0 }, event_id: '' }, 'low'],
  ];
  for (const [notification] of sent) t.same(rejectedOf(await notify({ ...notification, devices: [deviceOf(endpoint)] })), []);
  const waiting = await world.store.waiting(device.id, 0, 10);
  t.same(waiting.map(({ urgency }) => urgency), [...sent.slice(0, 4), sent[5]].map((one) => one?.[1]));
  const last = waiting.at(-1);
  t.match(JSON.parse(Buffer.from(last?.data ?? []).toString()), { notification: { counts: { unread: 0 } } });
  t.equal((last?.expiresAtMs ?? 0) - world.time.nowMs(), limits.matrixTtlSeconds * 1000);
});

await t.test('what is too large loses what it can do without', async (t) => {
  const { ask, notify, received, endpoint, phone } = await homeserver(t);
  const device = deviceOf(endpoint);
  const cases: readonly (readonly [what: string, notification: object, expected: object])[] = [
    ['content', { ...message, content: { body: 'ä'.repeat(30_000) } }, { ...message, content: undefined, devices: [device] }],
    [
      'all that is optional', { ...message, room_name: 'x'.repeat(4_000) },
      { event_id: message.event_id, room_id: message.room_id, counts: message.counts, devices: [device] },
    ],
    [
      'data of the device', { ...message, prio: 'low', devices: [{ ...device, data: 'x'.repeat(4_000) }] },
      {
        event_id: message.event_id, room_id: message.room_id, counts: message.counts, prio: 'low',
        devices: [{ app_id: device.app_id, pushkey: device.pushkey }],
      },
    ],
  ];
  for (const [index, [what, notification, expected]] of cases.entries()) {
    t.same(rejectedOf(await notify({ devices: [device], ...notification, id: String(index), event_id: `$${index}` })), [], what);
    const { notification: got } = (await received(phone))[index] ?? { notification: {} };
    t.match(got, JSON.parse(JSON.stringify({ ...expected, event_id: `$${index}` })), what);
    t.equal(got['content'], undefined);
  }
  const deep = JSON.stringify({ notification: { ...message, event_id: '$deep', devices: [device] } })
    .replace('"prio"', `"content":${'['.repeat(50_000)}${']'.repeat(50_000)},"prio"`);
  t.same(rejectedOf(await ask('POST', path, {}, deep)), [], 'content that is nested deeper than can be written');
  t.match((await received(phone)).at(-1), { notification: { event_id: '$deep', content: undefined } });
});

await t.test('whatever a notification says, what the device gets fits', async () => {
  await fc.assert(fc.asyncProperty(
    fc.string({ unit: 'binary', maxLength: 255 }), fc.string({ unit: fc.constantFrom('\u0000', '"', 'ä', 'x'), minLength: 200, maxLength: 255 }),
    fc.jsonValue(), fc.string({ maxLength: 5_000 }), fc.double({ noNaN: true, noDefaultInfinity: true }),
    async (event, room, content, text, unread) => {
      const device = { app_id: text, pushkey: text.slice(0, limits.endpointCharacters), data: { text } };
      const bytes = fittingPayload({ event_id: event, room_id: room, content, text, counts: { unread, more: text }, devices: [device] }, device);
      const { notification } = JSON.parse(Buffer.from(bytes).toString()) as { notification: { room_id: string } };
      if (bytes.length > limits.payloadBytes || notification.room_id !== room) throw new Error(`${bytes.length} bytes`);
      await Promise.resolve();
    },
  ), { seed, numRuns: 300 });
});

await t.test('what is no notification is 400 and says what would be right', async (t) => {
  const { ask, endpoint } = await homeserver(t);
  const device = { app_id: 'a', pushkey: endpoint };
  const wrong: readonly (readonly [body: string, detail: RegExp])[] = [
    ['', /a JSON object with a notification/],
    ['{"notification":', /a JSON object/],
    ['[]', /a JSON object/],
    ['{}', /notification: an object with devices/],
    [JSON.stringify({ notification: {} }), /notification.devices: a list/],
    [JSON.stringify({ notification: { devices: [] } }), /at least one device/],
    [JSON.stringify({ notification: { devices: ['x'] } }), /devices.0: an object with app_id and pushkey/],
    [JSON.stringify({ notification: { devices: [{ pushkey: endpoint }] } }), /devices.0.app_id: a string/],
    [JSON.stringify({ notification: { devices: [{ app_id: 'a', pushkey: 7 }] } }), /devices.0.pushkey: the endpoint/],
    [JSON.stringify({ notification: { devices: [{ app_id: 'a', pushkey: 'x'.repeat(1_001) }] } }), /1000 characters/],
    [JSON.stringify({ notification: { devices: Array.from({ length: limits.matrixDevices + 1 }, () => device) } }), /64 devices at most/],
    [JSON.stringify({ notification: { devices: [device], event_id: 'x'.repeat(256) } }), /event_id: 255 characters/],
    [JSON.stringify({ notification: { devices: [device], counts: { unread: 'many' } } }), /counts.unread: a number/],
  ];
  for (const [body, detail] of wrong) {
    const answer = await ask('POST', path, { 'content-type': 'application/json' }, body);
    t.equal(answer.status, 400, body.slice(0, 80));
    t.match(JSON.parse(answer.body), { code: 'bad-request', detail });
  }
  t.match(await ask('POST', path, {}, 'x'.repeat(limits.matrixBodyBytes + 1)), { status: 413 });
});
