// What users decide, and when it takes effect: windows, pause, status, what is held meanwhile. Facts/presence, in virtual time.

import t from 'tap';

import type { AppId, DeviceId, Uid, UserId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import type { Schedule, Weekday } from '../../src/core/presence/windows.js';
import type { AppOfUserChange } from '../../src/gateway/user-control.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import type { Store } from '../../src/ports/store.js';
import { beat, createWorld } from './world.js';
import type { FakeApp, FakeDevice, World } from './world.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const everyDay: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];
const evening: Schedule = { zone: 'UTC', windows: [{ days: everyDay, startMinute: 21 * 60, endMinute: 23 * 60 }] };
/** Virtual time begins at midnight. */
const atNineMs = 21 * hour;

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
  readonly change: (change: AppOfUserChange) => Promise<void>;
  /** The phone promises the whole day: no lease runs out meanwhile. */
  readonly alive: () => Promise<unknown>;
}

async function home(options: { readonly change?: AppOfUserChange; readonly store?: Store } = {}): Promise<Home> {
  const world = await createWorld(options.store && { store: options.store });
  const user = (await world.user('anna')) as UserId;
  const { id: device } = await world.device('anna');
  const { id: app } = await world.app('chat');
  const uid = await world.grant('anna', 'chat', ['notify', 'presence', 'presence.idle']);
  const { users } = world.gateway;
  const change = async (what: AppOfUserChange): Promise<void> => {
    const result = await users.changeApp(user, uid, what);
    if (!result.ok) throw new Error(result.error.message);
  };
  if (options.change !== undefined) await change(options.change);
  const phone = await world.connect(device);
  await phone.register('chat');
  const alive = () => phone.up({ heartbeat: { ...beat, promiseSeconds: limits.promiseSeconds } });
  await alive();
  const server = world.connectApp(app, []);
  server.subscribe('presence/');
  await world.settle();
  return { world, app, uid, user, device, phone, server, change, alive };
}

/** Goes on to a time of the first day, with signs of life on the way. */
async function until({ world, alive }: Home, atMs: number): Promise<void> {
  for (;;) {
    const leftMs = atMs - (world.time.nowMs() - Date.UTC(2026, 2, 1));
    if (leftMs <= 0) return;
    // In steps that no lease runs out in; the last seconds as they come.
    if (leftMs > 10 * second) await world.leap(Math.min(leftMs - 10 * second, 4 * hour));
    else await world.advance(leftMs);
    await alive();
    await world.settle();
  }
}

await t.test('presence C1, C2: open at the minute, hidden at the minute', async (t) => {
  const anna = await home({ change: { schedule: evening } });
  const { world, app, uid, server } = anna;
  const of = () => world.gateway.presence.of(app, uid);
  t.strictSame(told(server), [], 'the gateway has just begun: nobody is said to be offline yet');
  await until(anna, atNineMs - 1);
  t.strictSame(told(server), ['offline']);
  t.equal(await of(), 'offline', '20:59:59.999');
  await world.time.advance(1);
  t.equal(await of(), 'online', '21:00:00.000');
  await world.advance(limits.openingSpreadMs + second);
  t.strictSame(told(server), ['offline', 'online'], 'one event within the spread');
  await until(anna, 23 * hour - 1);
  t.equal(await of(), 'online', '22:59:59.999');
  await world.time.advance(1);
  t.equal(await of(), 'offline', '23:00:00.000');
  await world.advance(2 * second);
  t.strictSame(told(server), ['offline', 'online', 'offline']);
  await world.gateway.stop();
});

await t.test('presence C2: an opening and a close without anybody there are no events', async (t) => {
  const anna = await home({ change: { schedule: evening } });
  const { world, phone, server } = anna;
  phone.drop('goodbye');
  for (let passed = 0; passed < 24; passed += 1) await world.leap(hour);
  t.strictSame(told(server), ['offline']);
  await world.gateway.stop();
});

await t.test('presence C1: what happens in the window is told, what happens outside is not', async (t) => {
  const anna = await home({ change: { schedule: evening } });
  const { world, phone, server } = anna;
  await phone.up({ heartbeat: { ...beat, presence: 'away', promiseSeconds: limits.promiseSeconds } });
  await world.settle();
  t.strictSame(told(server), []);
  await until(anna, atNineMs);
  await world.advance(limits.openingSpreadMs + second);
  await phone.up({ heartbeat: { ...beat, presence: 'away', promiseSeconds: limits.promiseSeconds } });
  await world.settle();
  t.strictSame(told(server), ['offline', 'online', 'away']);
  await world.gateway.stop();
});

await t.test('presence C5, B2: an edit that hides has taken effect when it is answered; a pause is an ordinary offline', async (t) => {
  const { world, app, uid, server, change } = await home();
  t.strictSame(told(server), ['online']);
  await change({ schedule: evening });
  t.equal(await world.gateway.presence.of(app, uid), 'offline');
  await world.settle();
  t.strictSame(told(server), ['online', 'offline']);
  await change({ schedule: null });
  await world.settle();
  t.strictSame(told(server).slice(2), ['online']);
  await change({ paused: true });
  t.equal(await world.gateway.presence.of(app, uid), 'offline');
  await world.settle();
  t.strictSame(told(server).slice(3), ['offline']);
  await change({ paused: false });
  await world.settle();
  t.strictSame(told(server).slice(4), ['online']);
  await world.gateway.stop();
});

await t.test('presence C6: a restart and a clock that jumps look again before anything is written', async (t) => {
  const store = createMemoryStore();
  const anna = await home({ change: { schedule: evening }, store });
  await until(anna, atNineMs + hour);
  t.strictSame(told(anna.server), ['offline', 'online']);
  // The machine slept over the close: one step of the clock.
  await anna.world.leap(2 * hour);
  await anna.alive();
  await anna.world.settle();
  t.strictSame(told(anna.server), ['offline', 'online', 'offline']);
  await anna.world.gateway.stop();

  const world = await createWorld({ store, seed: 2 });
  const phone = await world.connect(anna.device);
  await phone.up({ heartbeat: beat });
  const server = world.connectApp(anna.app, []);
  server.subscribe('presence/');
  await world.settle();
  t.equal(await world.gateway.presence.of(anna.app, anna.uid), 'offline', 'midnight, and a new gateway');
  t.strictSame(told(server), []);
  await world.advance(limits.freshnessSeconds * second + limits.graceMs);
  t.strictSame(told(server), ['offline'], 'with all who were not heard of');
  await world.gateway.stop();
});

await t.test('presence M1: what the user set by hand wins', async (t) => {
  const { world, app, uid, user, phone, server } = await home();
  const { users } = world.gateway;
  await users.setStatus(user, { status: 'invisible' });
  t.equal(await world.gateway.presence.of(app, uid), 'offline');
  await world.settle();
  await phone.up({ heartbeat: { ...beat, presence: 'away' } });
  await world.settle();
  t.strictSame(told(server), ['online', 'offline'], 'H4: nothing moves while she is hidden');
  await users.setStatus(user, { status: 'away' });
  await world.settle();
  t.strictSame(told(server).slice(2), ['away']);
  await users.setStatus(user, { status: 'available' });
  await phone.up({ heartbeat: beat });
  await world.settle();
  t.strictSame(told(server).slice(3), ['online']);
  t.match(await users.setStatus(user, { zone: 'Atlantis/Capital' }), { ok: false, error: { code: 'bad-zone' } });
  await world.gateway.stop();
});

await t.test('presence C1: windows that follow the phone are read in its zone', async (t) => {
  const anna = await home({ change: { schedule: evening, followsPhone: true } });
  const { world, user, app, uid } = anna;
  // Nine in Auckland is eight in the morning, UTC.
  await world.gateway.users.setStatus(user, { zone: 'Pacific/Auckland' });
  await until(anna, 8 * hour + minute);
  t.equal(await world.gateway.presence.of(app, uid), 'online');
  await world.gateway.users.setStatus(user, { zone: 'Europe/Paris' });
  t.equal(await world.gateway.presence.of(app, uid), 'offline');
  await until(anna, 20 * hour + minute);
  t.equal(await world.gateway.presence.of(app, uid), 'online');
  await world.gateway.stop();
});

await t.test('presence H1: paused, out of the window, invisible and offline look the same', async (t) => {
  const looks = new Set<string>();
  const situations: readonly ((one: Home) => Promise<unknown>)[] = [
    ({ phone }) => {
      phone.drop('goodbye');
      return Promise.resolve();
    },
    ({ change }) => change({ paused: true }),
    ({ change }) => change({ schedule: evening }),
    ({ world, user }) => world.gateway.users.setStatus(user, { status: 'invisible' }),
  ];
  for (const hide of situations) {
    const one = await home();
    await hide(one);
    await one.world.settle();
    const { world, app, uid, server } = one;
    const late = world.connectApp(app, []);
    late.subscribe('presence/');
    await world.settle();
    const page = await world.gateway.presence.page(app, { limit: 10 });
    looks.add(JSON.stringify([server.items, late.items, await world.gateway.presence.of(app, uid), page])
      .replaceAll(uid, 'uid'));
    await world.gateway.stop();
  }
  t.equal(looks.size, 1, [...looks].join('\n'));
});

await t.test('presence C8: outside the window notifications are held, and come with the opening', async (t) => {
  const anna = await home({ change: { schedule: evening } });
  const { world, app, uid, phone } = anna;
  phone.acknowledges = true;
  const before = await world.publish(app, uid, 'held', { ttlSeconds: 86_400 });
  const short = await world.publish(app, uid, 'too short', { ttlSeconds: 60 });
  await world.settle();
  t.strictSame(phone.texts, []);
  await until(anna, atNineMs);
  await world.advance(2 * second);
  t.strictSame(phone.texts, ['held']);
  t.strictSame(await world.publish(app, uid, 'open'), before, 'the same answer');
  t.strictSame(short, before);
  await world.settle();
  t.strictSame(phone.texts, ['held', 'open']);
  await until(anna, 23 * hour);
  await world.publish(app, uid, 'late');
  await world.advance(minute);
  t.strictSame(phone.texts, ['held', 'open']);
  await world.gateway.stop();
});

await t.test('presence C8: or dropped, and the app cannot tell', async (t) => {
  const anna = await home({ change: { schedule: evening, outside: 'drop' } });
  const { world, app, uid, phone, device } = anna;
  phone.acknowledges = true;
  const server = world.connectApp(app, ['receipt/']);
  t.match(await world.publish(app, uid, 'dropped', { reference: 'm1', receipt: true }), { ok: true, duplicate: false });
  t.strictSame(await world.store.waiting(device, 0, 10), []);
  await until(anna, atNineMs + minute);
  t.strictSame(phone.texts, []);
  t.strictSame(server.texts, ['{"id":"m1","state":"expired"}'], 'as for one that nobody took');
  t.match(await world.publish(app, uid, 'taken'), { ok: true });
  await world.settle();
  t.strictSame(phone.texts, ['taken']);
  await world.gateway.stop();
});

await t.test('presence C8: a pause holds, what is urgent too, and other apps ring', async (t) => {
  const anna = await home();
  const { world, app, uid, phone, change, device } = anna;
  phone.acknowledges = true;
  const { id: news } = await world.app('news');
  const other = await world.grant('anna', 'news');
  await phone.register('news');
  await change({ paused: true });
  await world.publish(app, uid, 'held', { urgency: 'high' });
  await world.publish(news, other, 'news');
  await world.settle();
  t.strictSame(phone.texts, ['news']);
  phone.drop('lost');
  await world.settle();
  const again = await world.connect(device);
  again.acknowledges = true;
  await again.up({ heartbeat: beat });
  await world.settle();
  t.strictSame(again.texts, [], 'a new link holds it, too');
  await change({ paused: false });
  await world.settle();
  t.strictSame(again.texts, ['held']);
  await world.gateway.stop();
});

await t.test('presence B3: what was held never shows after a revoke', async (t) => {
  const anna = await home({ change: { schedule: evening } });
  const { world, app, uid, phone } = anna;
  await world.publish(app, uid, 'held', { ttlSeconds: 86_400 });
  await world.revoke(uid);
  await until(anna, atNineMs + minute);
  t.strictSame(phone.texts, []);
  await world.gateway.stop();
});

await t.test('presence H3: a receipt comes only while the user is visible', async (t) => {
  const anna = await home({ change: { schedule: evening } });
  const { world, app, uid, phone, user } = anna;
  phone.acknowledges = true;
  const server = world.connectApp(app, ['receipt/']);
  const send = (reference: string) => world.publish(app, uid, reference, { reference, receipt: true, ttlSeconds: 600 });
  await until(anna, atNineMs + minute);
  await send('visible');
  await world.settle();
  await world.gateway.users.setStatus(user, { status: 'invisible' });
  await send('invisible');
  await world.settle();
  t.strictSame(phone.texts, ['visible', 'invisible'], 'she gets both');
  t.strictSame(server.texts, ['{"id":"visible","state":"acknowledged"}']);
  await world.gateway.stop();
});

await t.test('presence S5: a notification that finds nobody corrects the state early, and life corrects it back', async (t) => {
  const { world, app, uid, phone, server, alive } = await home();
  phone.acknowledges = false;
  const answer = await world.publish(app, uid, 'are you there');
  await world.advance(limits.probeSilenceMs - 2 * second);
  t.strictSame(told(server), ['online']);
  await world.advance(4 * second);
  t.strictSame(told(server), ['online', 'offline'], 'hours before the promise runs out');
  t.strictSame(await world.publish(app, uid, 'again'), answer, 'H3: the answer is the same');
  phone.link?.alive();
  await world.settle();
  t.strictSame(told(server), ['online', 'offline', 'online'], 'any sign of life');
  await alive();
  await world.leap(10 * minute);
  t.strictSame(told(server).length, 3);
  await world.gateway.stop();
});

await t.test('presence S1: silence never means away', async (t) => {
  const { world, server } = await home();
  await world.leap((limits.promiseSeconds + 60) * second);
  t.strictSame(told(server), ['online', 'offline']);
  await world.gateway.stop();
});

await t.test('everybody at nine: what closes, closes at once; what opens is spread', async (t) => {
  const world = await createWorld();
  const { id: app } = await world.app('chat');
  const server = world.connectApp(app, []);
  const phones: FakeDevice[] = [];
  const count = 200;
  for (let n = 0; n < count; n += 1) {
    const user = (await world.user(`user ${n}`)) as UserId;
    const { id } = await world.device(`user ${n}`);
    const uid = await world.grant(`user ${n}`, 'chat', ['presence']);
    await world.gateway.users.changeApp(user, uid, { schedule: evening });
    const phone = await world.connect(id);
    phones.push(phone);
  }
  const alive = () => Promise.all(phones.map((phone) => phone.up({ heartbeat: { ...beat, promiseSeconds: limits.promiseSeconds } })));
  for (let passed = 0; passed < 20; passed += 4) {
    await alive();
    await world.leap(4 * hour);
  }
  server.subscribe('presence/');
  await alive();
  await world.leap(hour - second);
  await world.advance(second);
  const online = (): number => told(server).filter((text) => text === 'online').length;
  const atOnce = online();
  await world.advance(limits.openingSpreadMs / 2);
  const halfWay = online();
  await world.advance(limits.openingSpreadMs / 2 + second);
  t.ok(atOnce < halfWay && halfWay < count, `${atOnce}, ${halfWay} of ${count}`);
  t.equal(online(), count);
  await alive();
  await world.leap(2 * hour - limits.openingSpreadMs - 2 * second);
  await world.advance(2 * second);
  t.equal(told(server).filter((text) => text === 'offline').length, 2 * count, 'all at once');
  await world.gateway.stop();
});
