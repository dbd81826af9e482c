// Rows of facts/presence that no other file of this folder holds, and what the first prototypes got wrong; in virtual time.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import type { AppId, DeviceId, Uid, UserId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import { exported } from '../conformance/store/fixtures.js';
import { seedOfRun } from './seeded.js';
import { beat, createWorld, pairOf } from './world.js';
import type { FakeApp, FakeDevice, World, WorldOptions } from './world.js';

const seed = seedOfRun();
t.comment(`LOWBEAT_SEED=${seed}`);

const second = 1_000;
const everything = ['notify', 'presence', 'presence.idle'];

function told(server: FakeApp): readonly string[] {
  return server.items.filter(({ topic }) => topic.startsWith('presence/')).map(({ text }) => text);
}

interface Home {
  readonly world: World;
  readonly app: AppId;
  readonly uid: Uid;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly phone: FakeDevice;
  readonly server: FakeApp;
}

/** A user who is online, and an app server that has been told so. */
async function home(options: WorldOptions = {}): Promise<Home> {
  const world = await createWorld({ seed, ...options });
  const user = (await world.user('anna')) as UserId;
  const { id: device } = await world.device('anna');
  const { id: app } = await world.app('chat');
  const uid = await world.grant('anna', 'chat', everything);
  const phone = await world.connect(device);
  await phone.register('chat');
  await phone.up({ heartbeat: beat });
  const server = world.connectApp(app, ['receipt/', 'error/']);
  server.subscribe('presence/');
  await world.settle();
  return { world, app, uid, user, device, phone, server };
}

type Hide = (one: Home) => Promise<unknown>;

/** Ways not to be seen. */
const hidden: readonly Hide[] = [
  ({ phone }) => {
    phone.drop('goodbye');
    return Promise.resolve();
  },
  ({ world, user, uid }) => world.gateway.users.changeApp(user, uid, { paused: true }),
  ({ world, user, uid }) => world.gateway.users.changeApp(user, uid, {
    schedule: { zone: 'UTC', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], startMinute: 21 * 60, endMinute: 23 * 60 }] },
  }),
  ({ world, user }) => world.gateway.users.setStatus(user, { status: 'invisible' }),
];

await t.test('presence H5: no time is shown, so none tells when she was there last', async (t) => {
  const looks = new Set<string>();
  for (const hide of hidden) {
    for (const waitMs of [second, 200 * second]) {
      const one = await home();
      const { world, app, uid } = one;
      await hide(one);
      await world.advance(waitMs);
      const late = world.connectApp(app, []);
      late.subscribe('presence/');
      await world.settle();
      const page = await world.gateway.presence.page(app, { limit: 10 });
      t.strictSame(page.items.map((item) => Object.keys(item)), [['uid', 'state']], 'two fields, and no time');
      looks.add(JSON.stringify([late.items.map(({ topic, text }) => [topic, text]), page]).replaceAll(uid, 'uid'));
      await world.gateway.stop();
    }
  }
  t.equal(looks.size, 1, 'whenever it was, it looks the same');
});

await t.test('presence H6: errors, duplicates, bounds and rate limits are the same for who hides and who is there', async (t) => {
  const looks = new Set<string>();
  const there: Hide = () => Promise.resolve();
  for (const hide of [there, ...hidden]) {
    const one = await home();
    await hide(one);
    const { world, app, uid } = one;
    const answers: unknown[] = [];
    const send = async (more: Parameters<World['publish']>[3] = {}): Promise<void> => {
      answers.push(await world.publish(app, uid, 'x', { ttlSeconds: 60, ...more }));
    };
    await send({ ttlSeconds: -1 });
    await send({ ttlSeconds: 0 });
    await send({ topic: 'not a topic' });
    await send({ data: new Uint8Array(limits.payloadBytes + 1) });
    await send({ reference: 'm1' });
    await send({ reference: 'm1' });
    answers.push(await world.gateway.cancel(app, 'm1'), await world.gateway.cancel(app, 'm1'), await world.gateway.cancel(app, 'm2'));
    for (let count = 0; count <= limits.waitingPerSubscription; count += 1) await send();
    const counted: Record<string, number> = {};
    for (let count = 0; count < limits.appPublishBurst; count += 1) {
      const answer = JSON.stringify(await world.publish(app, uid, 'x', { topic: 'same' }));
      counted[answer] = (counted[answer] ?? 0) + 1;
    }
    looks.add(JSON.stringify([answers, counted]));
    t.ok(Object.keys(counted).some((answer) => answer.includes('rate-limited')), 'its rate is used up');
    await send();
    await world.gateway.stop();
  }
  t.equal(looks.size, 1, 'one sequence of answers for all');
});

await t.test('presence S4: a slow beat within the bound is no flap, and any frame counts as life', async (t) => {
  const { world, phone, server, uid, app } = await home();
  const longestMs = beat.promiseSeconds * second + limits.graceMs - 2 * second;
  for (let count = 0; count < 5; count += 1) {
    await world.advance(longestMs);
    await phone.up({ heartbeat: beat });
  }
  await world.advance(longestMs);
  phone.link?.alive();
  await world.advance(longestMs);
  await phone.up({ acks: [1] });
  await world.advance(longestMs);
  t.strictSame(told(server), ['online']);
  t.equal(await world.gateway.presence.of(app, uid), 'online');
  await world.gateway.stop();
});

await t.test('presence S7: what an older link says late counts for nothing, and twice is once', async (t) => {
  const { world, device, phone, server } = await home();
  const newer = await world.connect(device);
  await newer.up({ heartbeat: { ...beat, presence: 'away' } });
  t.equal(phone.link?.receive(Uint8Array.of(0x08, 0x00, 0x10, 0x0a), () => undefined), false, 'the old link is not heard');
  phone.drop('goodbye');
  await world.settle();
  t.strictSame(told(server), ['online', 'away'], 'its goodbye neither');
  await newer.up({ heartbeat: { ...beat, presence: 'away' } });
  await newer.up({ heartbeat: { ...beat, presence: 'away' } });
  await world.settle();
  t.strictSame(told(server), ['online', 'away']);
  await world.gateway.stop();
});

await t.test('presence S7: no device tells the time, so no clock of one is trusted', (t) => {
  const schema = readFileSync(join(import.meta.dirname, '../../../schemas/link.proto'), 'utf8').replaceAll(/\/\/.*$/gm, '');
  const up = /message UpFrame \{[^}]*\}/.exec(schema)?.[0] ?? '';
  t.match(up, /status = 1/);
  t.notMatch(up, /time|clock|_at\b|_ms\b|date/i);
  t.end();
});

await t.test('presence R5, regression: a notification comes again until it is acknowledged, by the same id, and only then is gone', async (t) => {
  const world = await createWorld({ seed });
  const { app, uid, device, phone } = await pairOf(world);
  await world.publish(app, uid, 'hello');
  await world.settle();
  const [first] = phone.notifications;
  t.equal((await world.store.waiting(device, 0, 10)).length, 1, 'sent is not confirmed');
  phone.drop('lost');
  await world.settle();
  const again = await world.connect(device);
  await again.up({ heartbeat: beat });
  await world.settle();
  t.strictSame(again.notifications.map(({ id }) => id), [first?.id], 'by which the device drops what it has');
  await again.up({ acks: [first?.id ?? 0] });
  await world.settle();
  t.strictSame(await world.store.waiting(device, 0, 10), []);
  await world.gateway.stop();
});

await t.test('presence I2: over connections and by asking, each app hears of a change by a time of its own', async (t) => {
  const one = await home({ gateway: { presenceDelayMs: 300 * second } });
  const { world, app, uid, user, phone, server } = one;
  const { id: other } = await world.app('mail');
  const theirs = await world.grant('anna', 'mail', everything);
  const second_ = world.connectApp(other, []);
  second_.subscribe('presence/');
  await world.settle();
  t.strictSame([told(server), told(second_)], [['online'], ['online']], 'a snapshot is at once');
  const saw = new Map<string, number>();
  await phone.up({ heartbeat: { ...beat, promiseSeconds: 3_600, presence: 'away' } });
  t.equal(await world.gateway.presence.of(app, uid), 'online', 'who asks is not told earlier');
  for (let passed = 0; passed <= 301; passed += 1) {
    if (told(server).length === 2 && !saw.has('chat')) saw.set('chat', passed);
    if (told(second_).length === 2 && !saw.has('mail')) saw.set('mail', passed);
    await world.time.advance(second);
  }
  await world.settle();
  t.strictSame([told(server), told(second_)], [['online', 'away'], ['online', 'away']]);
  t.not(saw.get('chat'), saw.get('mail'), `after ${saw.get('chat')} and ${saw.get('mail')} s`);
  t.equal(await world.gateway.presence.of(other, theirs), 'away');
  await world.gateway.users.setStatus(user, { status: 'invisible' });
  t.equal(await world.gateway.presence.of(app, uid), 'offline', 'what she hides is hidden when it is answered');
  await world.settle();
  t.strictSame([told(server).at(-1), told(second_).at(-1)], ['offline', 'offline']);
  await world.revoke(theirs);
  await world.settle();
  t.equal(told(second_).at(-1), 'revoked', 'a revoke waits for nothing');
  await world.gateway.stop();
});

await t.test('presence C7: with jitter a window opens after its minute and closes before it', async (t) => {
  const windowJitter = { mostMs: 1_200 * second, secret: Uint8Array.of(seed & 255, 1, 2) };
  const one = await home({ gateway: { windowJitter } });
  const { world, app, uid, user, phone, server } = one;
  await world.gateway.users.changeApp(user, uid, {
    schedule: { zone: 'UTC', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], startMinute: 60, endMinute: 180 }] },
  });
  const seen: number[] = [];
  for (let minute = 0; minute < 240; minute += 1) {
    await phone.up({ heartbeat: { ...beat, promiseSeconds: limits.promiseSeconds } });
    if (await world.gateway.presence.of(app, uid) === 'online') seen.push(minute);
    await world.leap(60 * second);
  }
  const [first = 0, last = 0] = [seen[0], seen.at(-1)];
  t.ok(first >= 60 && first <= 80 && last < 180 && last >= 159, `open from minute ${first} to ${last}`);
  t.strictSame(told(server), ['online', 'offline', 'online', 'offline']);
  await world.gateway.stop();
});

await t.test('presence I1, I3: nothing that two apps are given is the same, and nothing names the user', async (t) => {
  const world = await createWorld({ seed, gateway: { publicUrl: () => 'https://push.example.org' } });
  const user = await world.user('anna@example.org');
  const { id: device } = await world.device('anna@example.org');
  const phone = await world.connect(device);
  phone.acknowledges = true;
  await phone.up({ heartbeat: beat });
  const given: string[] = [];
  for (const name of ['chat', 'mail']) {
    const { id: app } = await world.app(name);
    const uid = await world.grant('anna@example.org', name, everything);
    const { subscription, endpoint = '' } = await phone.register(name);
    const server = world.connectApp(app, ['receipt/', 'error/', 'upstream/']);
    server.subscribe('presence/');
    const events: unknown[] = [];
    const stream = world.gateway.presence.open(app, undefined, { room: true, write: (event) => events.push(event) });
    await world.settle();
    await world.publish(app, uid, 'hello', { reference: `m-${name}`, receipt: true });
    await world.publish(app, subscription, 'hello', { reference: `n-${name}`, receipt: true });
    await world.settle();
    t.ok(endpoint.startsWith('https://') && server.topics.some((topic) => topic.startsWith('receipt/')), 'there is something to compare');
    given.push(JSON.stringify([
      uid, subscription, endpoint.replace('https://push.example.org', ''), stream?.cursorOf(1), events,
      server.items.map(({ topic, text }) => [topic, text]), await world.gateway.presence.page(app, { limit: 10 }),
    ]));
  }
  const [one, other] = given.map((text) => new Set(text.match(/[\w-]{12,}/g) ?? []));
  const common = [...one ?? []].filter((value) => other?.has(value));
  t.same(common.filter((value) => value !== 'acknowledged'), [], 'no value in common');
  for (const text of given) {
    for (const name of ['anna', 'example.org"', user, device]) t.notOk(text.includes(name), `${name} reaches no app`);
  }
  await world.gateway.stop();
});

await t.test('presence N2: after thousands of changes the store is as it was, and a removed user leaves nothing but gone uids', async (t) => {
  const { world, phone, uid, user, device } = await home();
  await world.settle();
  const before = await exported(world.store);
  for (let count = 0; count < 2_000; count += 1) {
    await phone.up({ heartbeat: { ...beat, presence: count % 2 === 0 ? 'away' : 'online' } });
    if (count % 10 === 0) await world.advance(second);
  }
  await world.settle();
  t.same(await exported(world.store), before, 'byte for byte');
  t.ok((await world.gateway.registry.removeUser('anna')).ok);
  const left = (await exported(world.store)).map(({ key, value }) => `${key} ${Buffer.from(value).toString('latin1')}`);
  t.notOk(left.some((entry) => entry.includes('anna') || entry.includes(device)), 'neither name nor device');
  t.ok(left.filter((entry) => entry.includes(user)).every((entry) => entry.includes(uid)), 'the id only with the uid that stays gone');
  await world.gateway.stop();
});

/** Fields of a record that lead to a user, and why no record leads to two. */
const personsOf: Readonly<Record<string, readonly string[]>> = {
  User: ['id', 'name'], Device: ['id', 'user'], App: ['owner'], Grant: ['uid', 'user'], Subscription: ['device'],
  // `uid` and the devices of `targets` are those of one user: a message is for one.
  Message: ['uid'], Target: ['device'], OutboxItem: ['uid'], Document: ['owner'],
};

await t.test('presence N1: no record has two users in it, by its schema and as it is stored', async (t) => {
  const schema = readFileSync(join(import.meta.dirname, '../../../schemas/record.proto'), 'utf8').replaceAll(/\/\/.*$/gm, '');
  const messages = [...schema.matchAll(/message (\w+) \{([^}]*)\}/g)];
  t.ok(messages.length > 10);
  for (const [, name = '', body = ''] of messages) {
    const fields = [...body.matchAll(/(repeated )?(\w+) (\w+) = \d+;/g)];
    const persons = fields.filter(([, , , field = '']) => /user|owner|device|uid|contact|friend|peer|recipient/.test(field)
      && !/^(users|devices)$/.test(field)).map(([, , , field = '']) => field);
    t.same(persons.filter((field) => !(personsOf[name] ?? []).includes(field)), [], `${name}: known fields`);
    t.notOk(fields.some(([, repeated, , field = '']) => repeated !== undefined && persons.includes(field)), `${name}: no list of users`);
  }
  const world = await createWorld({ seed });
  const { id: app } = await world.app('chat');
  const names: string[][] = [];
  for (const name of ['annabella', 'bertholdt']) {
    const user = await world.user(name);
    const { id: device } = await world.device(name);
    const uid = await world.grant(name, 'chat', everything);
    const phone = await world.connect(device);
    const { subscription } = await phone.register('chat');
    await world.publish(app, uid, 'hello', { reference: `m-${name}`, receipt: true });
    names.push([name, user, device, uid, subscription]);
  }
  await world.settle();
  const [anna = [], bert = []] = names;
  for (const { key, value } of await exported(world.store)) {
    const entry = `${key} ${Buffer.from(value).toString('latin1')}`;
    if (anna.some((name) => entry.includes(name)) && bert.some((name) => entry.includes(name))) t.fail(`${key} has both`);
  }
  await world.gateway.stop();
});

// --- what the first prototypes got wrong ----------------------------------------------------------------

await t.test('presence regression: nothing is queued before the grant was looked at', async (t) => {
  const { world, app, device, phone } = await home();
  const { id: other } = await world.app('other');
  phone.drop('goodbye');
  const foreign = await world.grant('anna', 'other', ['presence']);
  await phone.register('other').catch(() => undefined);
  t.match(await world.publish(other, foreign, 'x'), { ok: false, error: { code: 'not-allowed' } });
  t.match(await world.publish(app, foreign, 'x'), { ok: false, error: { code: 'unknown-destination' } });
  t.strictSame(await world.store.waiting(device, 0, 10), []);
  await world.gateway.stop();
});

await t.test('presence regression: one grant opens one app', async (t) => {
  const { world, uid } = await home();
  const { id: other } = await world.app('other');
  t.equal(await world.gateway.presence.of(other, uid), 'unknown');
  t.strictSame((await world.gateway.presence.page(other, { limit: 10 })).items, []);
  t.match(await world.publish(other, uid, 'x'), { ok: false, error: { code: 'unknown-destination' } });
  await world.gateway.stop();
});

await t.test('presence regression: one socket that closes makes nobody offline who is there with another device', async (t) => {
  const { world, phone, server, app, uid } = await home();
  const { id } = await world.device('anna');
  const desktop = await world.connect(id);
  await desktop.up({ heartbeat: beat });
  phone.drop('goodbye');
  await world.settle();
  t.strictSame(told(server), ['online']);
  t.equal(await world.gateway.presence.of(app, uid), 'online');
  await world.gateway.stop();
});

await t.test('presence regression: whoever connects gets a snapshot', async (t) => {
  const { world, app, phone } = await home();
  for (const expected of ['online', 'offline']) {
    if (expected === 'offline') phone.drop('goodbye');
    await world.settle();
    const late = world.connectApp(app, []);
    late.subscribe('presence/');
    await world.settle();
    t.strictSame(told(late), [expected]);
  }
  await world.gateway.stop();
});

await t.test('presence regression: a phone without a heartbeat is found out though its socket stands', async (t) => {
  const { world, server } = await home();
  await world.advance(beat.promiseSeconds * second + limits.graceMs + 2 * second);
  t.strictSame(told(server), ['online', 'offline']);
  await world.gateway.stop();
});
