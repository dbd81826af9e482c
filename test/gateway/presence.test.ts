// What apps see of users: facts/presence row by row, over connections and streams, in virtual time.

import t from 'tap';

import type { AppId, DeviceId, Uid } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import { createPrng } from '../../src/core/prng.js';
import type { PresenceEvent } from '../../src/core/presence/feed.js';
import type { PresenceStream } from '../../src/gateway/presence/presence-doors.js';
import type { PresenceSink } from '../../src/gateway/presence/presence-reader.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { beat, createWorld } from './world.js';
import type { FakeApp, FakeDevice, World } from './world.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
t.comment(`LOWBEAT_SEED=${seed}`);

const second = 1_000;
const away = { ...beat, presence: 'away' as const };
const everything = ['notify', 'presence', 'presence.idle'];

/** What the app server was told of presence, as `uid state`. */
function told(server: FakeApp): readonly string[] {
  return server.items.filter(({ topic }) => topic.startsWith('presence/'))
    .map(({ topic, text }) => `${topic.slice('presence/'.length)} ${text}`);
}

interface Home {
  readonly world: World;
  readonly app: AppId;
  readonly uid: Uid;
  readonly device: DeviceId;
  readonly phone: FakeDevice;
  readonly server: FakeApp;
}

/** A user who is online, and an app server that has been told so. */
async function home(options: { readonly scopes?: readonly string[] } = {}): Promise<Home> {
  const world = await createWorld();
  await world.user('anna');
  const { id: device } = await world.device('anna');
  const { id: app } = await world.app('chat');
  const uid = await world.grant('anna', 'chat', options.scopes ?? everything);
  const phone = await world.connect(device);
  await phone.up({ heartbeat: beat });
  const server = world.connectApp(app, []);
  server.subscribe('presence/');
  await world.settle();
  return { world, app, uid, device, phone, server };
}

/** A reader of a stream, as a door has one. */
class Reading implements PresenceSink {
  readonly events: PresenceEvent[] = [];
  room = true;
  stream: PresenceStream | undefined;

  write(event: PresenceEvent): void {
    this.events.push(event);
  }

  get texts(): readonly string[] {
    return this.events.map(({ uid, state }) => `${uid} ${state}`);
  }

  get cursor(): string | undefined {
    return this.stream?.cursorOf(this.events.at(-1)?.sequence ?? 0);
  }

  static open(world: World, app: AppId, cursor?: string): Reading {
    const reading = new Reading();
    reading.stream = world.gateway.presence.open(app, cursor, reading);
    return reading;
  }
}

await t.test('presence A1, A8: the first event is what is now, and only for apps with a grant', async (t) => {
  const { world, uid, phone, server } = await home();
  const { id: other } = await world.app('other');
  const stranger = world.connectApp(other, []);
  stranger.subscribe('presence/');
  t.strictSame(told(server), [`${uid} online`]);
  await phone.up({ heartbeat: away });
  await phone.up({ heartbeat: beat });
  await world.settle();
  t.strictSame(told(stranger), [], 'not one event');
  const later = await world.grant('anna', 'other', everything);
  await world.settle();
  t.strictSame(told(stranger), [`${later} online`], 'what was before is never told');
  t.not(later, uid, 'I1: another name for each app');
  await world.gateway.stop();
});

await t.test('presence A1: a grant without the scope sees nothing', async (t) => {
  const { world, uid, app, server, phone } = await home({ scopes: ['notify'] });
  phone.drop('goodbye');
  await world.settle();
  t.strictSame(told(server), []);
  t.match(await world.gateway.presence.page(app, { limit: 10 }), { items: [] });
  t.equal(await world.gateway.presence.of(app, uid), 'offline');
  await world.gateway.stop();
});

await t.test('presence A5: without presence.idle away shows as online', async (t) => {
  const { world, uid, phone, server } = await home({ scopes: ['presence'] });
  await phone.up({ heartbeat: away });
  await world.settle();
  t.strictSame(told(server), [`${uid} online`]);
  await world.grant('anna', 'chat', everything);
  await world.settle();
  t.strictSame(told(server), [`${uid} online`, `${uid} away`], 'A6: the same uid, and what it may see now');
  await world.gateway.stop();
});

await t.test('presence A7: an app that is deactivated is told nothing more, and is disconnected', async (t) => {
  const { world, app, device, phone, server } = await home();
  const reading = Reading.open(world, app);
  await world.settle();
  const [before, events] = [told(server).length, reading.events.length];
  const changed = await world.gateway.registry.changeApp(app, { deactivated: true });
  t.ok(changed.ok);
  await phone.up({ heartbeat: away });
  await world.gateway.registry.renameDevice(device, 'other');
  await world.advance(second);
  t.equal(told(server).length, before);
  t.equal(reading.events.length, events);
  t.ok(server.closing, 'its connection is closed');
});

await t.test('presence B1, B2: a revoke is told once, and then nothing any more', async (t) => {
  const { world, uid, app, device, phone, server } = await home();
  const revoked = world.revoke(uid);
  await revoked;
  t.strictSame(told(server), [`${uid} online`, `${uid} revoked`], 'before the revoke is answered');
  await phone.up({ heartbeat: away });
  phone.drop('goodbye');
  const again = await world.connect(device);
  await again.up({ heartbeat: beat });
  await world.advance(second);
  t.equal(told(server).length, 2);
  t.equal(await world.gateway.presence.of(app, uid), 'revoked');
  const anew = await world.grant('anna', 'chat', everything);
  await world.settle();
  t.not(anew, uid, 'B4');
  t.strictSame(told(server).slice(2), [`${anew} online`]);
  t.equal(await world.gateway.presence.of(app, uid), 'revoked', 'the old one stays so');
  server.subscribe('presence/');
  await world.settle();
  t.strictSame(told(server).slice(3), [`${anew} online`], 'B6: no snapshot brings it back');
  await world.gateway.stop();
});

await t.test('presence B1: thousands of changes and revokes, and nothing is written after the answer', async (t) => {
  const random = createPrng(seed);
  const world = await createWorld();
  const users: { phone: FakeDevice; uid: Uid; name: string }[] = [];
  const { id: app } = await world.app('chat');
  for (let n = 0; n < 8; n += 1) {
    const name = `user ${n}`;
    await world.user(name);
    const { id } = await world.device(name);
    users.push({ phone: await world.connect(id), uid: await world.grant(name, 'chat', everything), name });
  }
  const server = world.connectApp(app, []);
  server.subscribe('presence/');
  const reading = Reading.open(world, app);
  const ended = new Map<Uid, { readonly server: number; readonly stream: number }>();
  const linesOf = (uid: Uid): { readonly server: number; readonly stream: number } => ({
    server: told(server).filter((line) => line.startsWith(uid)).length,
    stream: reading.texts.filter((line) => line.startsWith(uid)).length,
  });
  for (let step = 0; step < 3_000; step += 1) {
    const user = users[Math.floor(random.next() * users.length)]!;
    const roll = random.next();
    if (roll < 0.9) {
      void user.phone.up({ heartbeat: random.next() < 0.5 ? away : beat });
      if (random.next() < 0.3) await world.settle();
    } else if (roll < 0.95) {
      reading.room = !reading.room;
      if (reading.room) reading.stream?.resume();
    } else {
      const { uid } = user;
      await world.revoke(uid);
      // The one `revoked` may still wait for a reader without room.
      ended.set(uid, linesOf(uid));
      user.uid = await world.grant(user.name, 'chat', everything);
    }
    // The link's own bound on frames is not what this is about.
    if (step % 10 === 0) await world.advance(second);
  }
  reading.room = true;
  reading.stream?.resume();
  await world.settle();
  t.ok(ended.size > 50, `${ended.size} revokes`);
  for (const [uid, before] of ended) {
    const now = linesOf(uid);
    if (now.server !== before.server) t.fail(`${uid}: written after the answer`);
    const after = reading.texts.filter((line) => line.startsWith(uid)).slice(before.stream);
    if (after.length > 1 || (after.length === 1 && after[0] !== `${uid} revoked`)) t.fail(`${uid}: ${after.join(', ')}`);
    if (reading.texts.filter((line) => line === `${uid} revoked`).length > 1) t.fail(`${uid}: revoked twice`);
  }
  await world.gateway.stop();
});

await t.test('presence M1, M2, M4: the most present device counts, and only the last that goes is an event', async (t) => {
  const { world, uid, phone, server } = await home();
  const { id } = await world.device('anna');
  const desktop = await world.connect(id);
  await desktop.up({ heartbeat: beat });
  phone.drop('goodbye');
  await world.settle();
  t.strictSame(told(server), [`${uid} online`], 'one of two closes');
  await desktop.up({ heartbeat: away });
  await world.settle();
  desktop.drop('goodbye');
  await world.settle();
  t.strictSame(told(server), [`${uid} online`, `${uid} away`, `${uid} offline`]);
  await world.gateway.stop();
});

await t.test('presence M3, S3: a reconnect is no event, a lost socket lingers, a goodbye does not', async (t) => {
  const { world, uid, device, phone, server } = await home();
  phone.drop('lost');
  await world.advance(10 * second);
  const again = await world.connect(device);
  await again.up({ heartbeat: beat });
  await world.advance(20 * second);
  t.strictSame(told(server), [`${uid} online`]);
  again.drop('lost');
  await world.advance(limits.lingerMs - second);
  t.equal(told(server).length, 1);
  await world.advance(3 * second);
  t.strictSame(told(server).slice(1), [`${uid} offline`]);
  const third = await world.connect(device);
  await third.up({ heartbeat: beat });
  third.drop('goodbye');
  await world.settle();
  t.strictSame(told(server).slice(2), [`${uid} online`, `${uid} offline`]);
  await world.gateway.stop();
});

await t.test('presence S2: who is silent beyond promise and grace is offline, though nothing was closed', async (t) => {
  const { world, uid, server } = await home();
  await world.advance(beat.promiseSeconds * second + limits.graceMs - 2 * second);
  t.strictSame(told(server), [`${uid} online`]);
  await world.advance(4 * second);
  t.strictSame(told(server).slice(1), [`${uid} offline`]);
  await world.gateway.stop();
});

await t.test('presence S6: after a restart nobody is offline before the time to be heard of is over', async (t) => {
  const store = createMemoryStore();
  const before = await createWorld({ store });
  await before.user('anna');
  await before.user('bert');
  const { id: device } = await before.device('anna');
  await before.device('bert');
  const { id: app } = await before.app('chat');
  const anna = await before.grant('anna', 'chat', everything);
  const bert = await before.grant('bert', 'chat', everything);
  await before.gateway.stop();
  const world = await createWorld({ store, seed: 2 });
  const server = world.connectApp(app, []);
  server.subscribe('presence/');
  await world.advance(second);
  t.strictSame(told(server), [], 'unknown is not told');
  t.equal(await world.gateway.presence.of(app, bert), 'offline', 'who asks hears what one who hides would show');
  const phone = await world.connect(device);
  await phone.up({ heartbeat: { ...beat, promiseSeconds: 3_600 } });
  await world.settle();
  t.strictSame(told(server), [`${anna} online`]);
  await world.advance(limits.freshnessSeconds * second + limits.graceMs);
  t.strictSame(told(server), [`${anna} online`, `${bert} offline`]);
  await world.gateway.stop();
});

await t.test('presence H1: after a restart who hides is told with who is not there, whatever their devices do', async (t) => {
  const store = createMemoryStore();
  const before = await createWorld({ store });
  const { id: app } = await before.app('chat');
  const uids: Uid[] = [];
  const devices: DeviceId[] = [];
  for (const name of ['absent', 'paused', 'invisible']) {
    const user = await before.user(name);
    devices.push((await before.device(name)).id);
    uids.push(await before.grant(name, 'chat', everything));
    if (name === 'paused') await before.gateway.users.changeApp(user as never, uids.at(-1)!, { paused: true });
    if (name === 'invisible') await before.gateway.users.setStatus(user as never, { status: 'invisible' });
  }
  await before.gateway.stop();

  const world = await createWorld({ store, seed: 2 });
  const server = world.connectApp(app, []);
  server.subscribe('presence/');
  for (const device of devices.slice(1)) await (await world.connect(device)).up({ heartbeat: { ...beat, promiseSeconds: 3_600 } });
  await world.advance(second);
  t.strictSame(told(server), [], 'nothing tells them apart');
  for (const uid of uids) t.equal(await world.gateway.presence.of(app, uid), 'offline');
  await world.advance(limits.freshnessSeconds * second + limits.graceMs);
  t.strictSame(new Set(told(server)), new Set(uids.map((uid) => `${uid} offline`)));
  await world.gateway.stop();
});

await t.test('presence R1, R2, R4: a stream goes on by its cursor, with what is different now', async (t) => {
  const { world, app, uid, phone, device } = await home();
  const first = Reading.open(world, app);
  await world.settle();
  t.strictSame(first.texts, [`${uid} online`]);
  first.stream?.detach();
  await phone.up({ heartbeat: away });
  await phone.up({ heartbeat: beat });
  await world.settle();
  const second_ = Reading.open(world, app, first.cursor);
  await world.settle();
  t.strictSame(second_.texts, [], 'there and back again is nothing');
  second_.stream?.detach();
  phone.drop('goodbye');
  await world.settle();
  const third = Reading.open(world, app, first.cursor);
  await world.settle();
  t.strictSame(third.texts, [`${uid} offline`], 'only what is different');
  for (const cursor of ['', 'nonsense', 'a.b', `${first.cursor ?? ''}0`, 'x'.repeat(200)]) {
    const anew = Reading.open(world, app, cursor);
    await world.settle();
    t.strictSame(anew.texts, [`${uid} offline`], `a snapshot for ${JSON.stringify(cursor.slice(0, 20))}`);
    anew.stream?.detach();
  }
  third.stream?.detach();
  await world.advance(limits.presenceResumeMs + 2 * second);
  const late = Reading.open(world, app, third.cursor);
  await world.settle();
  t.strictSame(late.texts, [`${uid} offline`], 'too late: a snapshot');
  const again = await world.connect(device);
  await again.up({ heartbeat: beat });
  await world.settle();
  t.strictSame(late.texts.slice(1), [`${uid} online`]);
  await world.gateway.stop();
});

await t.test('presence B6, R3: no cursor brings back what was revoked or is over', async (t) => {
  const { world, app, uid, phone } = await home();
  const reading = Reading.open(world, app);
  await world.settle();
  reading.room = false;
  phone.drop('goodbye');
  await world.settle();
  reading.stream?.detach();
  await world.revoke(uid);
  const resumed = Reading.open(world, app, reading.cursor);
  await world.settle();
  t.strictSame(resumed.texts, [`${uid} revoked`], 'the last of it, and the offline before it is not told any more');
  resumed.stream?.detach();
  const from = resumed.cursor;
  const once = Reading.open(world, app, from);
  await world.settle();
  t.strictSame(once.texts, []);
  await world.gateway.stop();
});

await t.test('presence H2: unknown, foreign and never granted uids give one answer', async (t) => {
  const { world, uid, app } = await home();
  const { id: other } = await world.app('other');
  const foreign = await world.grant('anna', 'other', everything);
  const of = (who: string) => world.gateway.presence.of(app, who);
  t.strictSame(await Promise.all([foreign, 'uid_00000000000000000000000000', 'nonsense', ''].map(of)), Array(4).fill('unknown'));
  await world.revoke(foreign);
  t.equal(await of(foreign), 'unknown', 'also once it is revoked');
  t.equal(await of(uid), 'online');
  t.equal(await world.gateway.presence.of(other, foreign), 'revoked');
  await world.gateway.stop();
});

await t.test('presence H4: numbers go up by what was delivered, and by nothing else', async (t) => {
  const { world, app, phone } = await home();
  const reading = Reading.open(world, app);
  await world.settle();
  reading.room = false;
  for (let n = 0; n < 20; n += 1) {
    await phone.up({ heartbeat: n % 2 === 0 ? away : beat });
    await world.settle();
  }
  reading.room = true;
  reading.stream?.resume();
  await phone.up({ heartbeat: away });
  await world.settle();
  t.strictSame(reading.events.map(({ sequence }) => sequence), reading.events.map((_event, index) => index + 1));
  await world.gateway.stop();
});

await t.test('an app that does not read holds up nobody else, and gets the newest when it does', async (t) => {
  const { world, app, uid, phone, server } = await home();
  const slow = world.connectApp(app, []);
  slow.acknowledges = false;
  slow.subscribe('presence/');
  await world.settle();
  for (let n = 0; n < 3 * limits.presenceInFlight; n += 1) {
    await phone.up({ heartbeat: n % 2 === 0 ? away : beat });
    await world.advance(second);
  }
  t.equal(told(slow).length, limits.presenceInFlight);
  t.equal(told(server).length, 3 * limits.presenceInFlight + 1);
  const last = told(slow).at(-1) === `${uid} away` ? 'online' : 'away';
  await phone.up({ heartbeat: last === 'away' ? away : beat });
  for (const { token } of slow.items) slow.acknowledge(token);
  await world.settle();
  t.equal(told(slow).at(-1), `${uid} ${last}`);
  t.equal(told(slow).length, limits.presenceInFlight + 1, 'the newest alone');
  await world.gateway.stop();
});

await t.test('demand: a device hears that somebody watches, and that nobody does any more', async (t) => {
  const { world, app, uid, phone, server, device } = await home();
  const advice = (on: FakeDevice) => on.frames.map((frame) => frame.advice?.freshnessSeconds).filter((one) => one !== undefined);
  await phone.up({ heartbeat: beat });
  t.strictSame(advice(phone), [limits.freshnessSeconds], 'with the next frame');
  server.drop();
  await world.advance(limits.watchLingerMs / 2);
  const back = world.connectApp(app, []);
  back.subscribe('presence/');
  await world.advance(limits.watchLingerMs);
  t.strictSame(advice(phone), [limits.freshnessSeconds], 'a restart of the app server is not told');
  const again = await world.connect(device);
  await again.up({ heartbeat: beat });
  await world.settle();
  t.strictSame(advice(again), [limits.freshnessSeconds], 'a new link is told');
  back.drop();
  await world.advance(limits.watchLingerMs + 2 * second);
  await again.up({ heartbeat: beat });
  t.strictSame(advice(again), [limits.freshnessSeconds, 0]);
  const third = world.connectApp(app, []);
  third.subscribe('presence/');
  await world.settle();
  await world.revoke(uid);
  await again.up({ heartbeat: beat });
  await world.settle();
  t.strictSame(advice(again).slice(2), [limits.freshnessSeconds, 0], 'a revoke ends the watching');
  await world.gateway.stop();
});

await t.test('streams of one app are bounded; one that nobody holds gives way', async (t) => {
  const { world, app } = await home();
  const open = Array.from({ length: limits.presenceStreamsPerApp }, () => Reading.open(world, app));
  t.equal(Reading.open(world, app).stream, undefined);
  open[3]!.stream?.detach();
  t.ok(Reading.open(world, app).stream);
  await world.settle();
  t.equal(Reading.open(world, app, open[3]!.cursor).stream, undefined, 'what gave way is not resumed');
  await world.gateway.stop();
});
