// Devices without a link: what no linked device took goes to their push service, and what becomes of it there.

import { createECDH } from 'node:crypto';
import t from 'tap';

import { fallbackDueAtMs } from '../../src/core/delivery/fallback.js';
import type { AppId, DeviceId, Uid } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import type { OutgoingPush, OutgoingPushResult, PushSender } from '../../src/ports/push-sender.js';
import { StoreError } from '../../src/ports/store.js';
import type { Store } from '../../src/ports/store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { beat, createWorld } from './world.js';
import type { FakeDevice, World } from './world.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

function browserKeys(): { readonly p256dh: string; readonly auth: string } {
  const pair = createECDH('prime256v1');
  return { p256dh: pair.generateKeys().toString('base64url'), auth: Buffer.alloc(16, 7).toString('base64url') };
}

/** A push service as the gateway sees it: takes all, until it is told to answer otherwise. */
class ScriptedSender implements PushSender {
  readonly publicKey = new Uint8Array(65).fill(4);
  readonly taken: OutgoingPush[] = [];
  /** Answers to come, then 'sent' for good. */
  readonly answers: OutgoingPushResult[] = [];
  /** What is being sent waits for this. */
  hold: Promise<void> | undefined;
  underWay = 0;
  mostUnderWay = 0;

  async send(push: OutgoingPush): Promise<OutgoingPushResult> {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await this.hold;
    this.underWay -= 1;
    const answer = this.answers.shift() ?? { outcome: 'sent' };
    if (answer.outcome === 'sent') this.taken.push(push);
    return answer;
  }

  get texts(): readonly unknown[] {
    return this.taken.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as unknown);
  }

  close(): void {
    this.answers.length = 0;
  }
}

/** A store whose named calls fail, or wait, until they are let. */
class TroubledStore {
  readonly store: Store;
  readonly failing = new Set<PropertyKey>();
  readonly #paused = new Map<PropertyKey, Promise<void>>();

  constructor(store: Store) {
    this.store = new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...parameters: unknown[]) => Promise<unknown>;
        return async (...parameters: unknown[]) => {
          await this.#paused.get(name);
          if (this.failing.has(name)) throw new StoreError('STORE_UNAVAILABLE', 'no disk');
          return method.apply(target, parameters);
        };
      },
    });
  }

  pause(name: keyof Store): () => void {
    let release = (): void => undefined;
    this.#paused.set(name, new Promise((resolve) => {
      release = resolve;
    }));
    return () => {
      this.#paused.delete(name);
      release();
    };
  }
}

interface Home {
  readonly world: World;
  readonly sender: ScriptedSender;
  readonly app: AppId;
  readonly uid: Uid;
  readonly browser: DeviceId;
  readonly endpoint: string;
  readonly addPhone: () => Promise<FakeDevice>;
  readonly texts: () => readonly unknown[];
}

async function home(options: { readonly store?: Store; readonly sender?: ScriptedSender } = {}): Promise<Home> {
  const sender = options.sender ?? new ScriptedSender();
  const world = await createWorld({
    ...(options.store && { store: options.store }),
    gateway: { pushSender: () => Promise.resolve(sender), publicUrl: () => 'https://push.example.org' },
  });
  await world.user('anna');
  const { id: app } = await world.app('chat');
  const uid = await world.grant('anna', 'chat');
  const endpoint = 'https://push.example.net/wpush/anna';
  const { registry } = world.gateway;
  const added = await registry.addDevice({ user: 'anna', name: 'browser', push: { endpoint, keys: browserKeys() } });
  if (!added.ok) throw new Error(added.error.message);
  return {
    world, sender, app, uid, endpoint, browser: added.value.id,
    addPhone: async () => {
      const { id } = await world.device('anna');
      const phone = await world.connect(id);
      await phone.register('chat');
      phone.acknowledges = true;
      await phone.up({ heartbeat: beat });
      return phone;
    },
    texts: () => sender.texts,
  };
}

await t.test('linked devices have the time that the urgency leaves them', (t) => {
  const at = { acceptedAtMs: 1_000_000, expiresAtMs: 1_000_000 + 28 * 24 * hour, holdMs: hour, others: true };
  const wait = (more: Partial<Parameters<typeof fallbackDueAtMs>[0]>): number =>
    fallbackDueAtMs({ urgency: 'normal', ...at, ...more }) - at.acceptedAtMs;
  t.equal(wait({ urgency: 'high' }), 15 * second);
  t.equal(wait({ urgency: 'normal' }), minute);
  t.equal(wait({ urgency: 'low' }), hour + 10 * minute, 'after what links hold');
  t.equal(wait({ urgency: 'very-low' }), 2 * hour);
  t.equal(wait({ urgency: 'very-low', others: false }), 0, 'there is nobody to wait for');
  t.equal(wait({ urgency: 'low', expiresAtMs: at.acceptedAtMs + minute }), minute - limits.holdMarginMs, 'rather early than never');
  t.equal(wait({ expiresAtMs: at.acceptedAtMs + second }), 0);
  t.end();
});

await t.test('a browser alone gets what its user granted, at once, and the sender its receipt', async (t) => {
  const { world, app, uid, sender, browser, endpoint, texts } = await home();
  const server = world.connectApp(app);
  t.match(await world.publish(app, uid, 'Hello', { topic: 'chat', reference: 'm1', receipt: true, ttlSeconds: 90 }), { ok: true });
  await world.advance(second);
  t.strictSame(texts(), [{ app: 'chat', id: 1, text: 'Hello' }]);
  const [push] = sender.taken;
  t.match(push, { to: { endpoint }, urgency: 'normal' });
  t.ok(push!.ttlSeconds <= 90 && push!.ttlSeconds >= 88, 'what is left of its TTL');
  t.match(push!.topic, /^[A-Za-z0-9_-]{32}$/);
  t.notMatch(push!.topic, /chat/, 'the push service does not learn the topic');
  t.strictSame(server.items.map(({ topic }) => topic), ['receipt/m1']);
  t.strictSame(await world.store.waiting(browser, 0, 10), []);
  t.equal(world.count('fallback_sent_total'), 1);
  await world.gateway.stop();
});

await t.test('what a linked device takes in time is not sent on', async (t) => {
  const { world, app, uid, texts, addPhone, browser } = await home();
  const phone = await addPhone();
  await world.publish(app, uid, 'taken', { urgency: 'high' });
  await world.settle();
  t.strictSame(await world.store.waiting(browser, 0, 10), [], 'gone with the first acknowledgement');
  phone.acknowledges = false;
  await world.publish(app, uid, 'not taken');
  await world.advance(59 * second);
  t.strictSame(texts(), []);
  await world.advance(2 * second);
  t.match(texts(), [{ text: 'not taken' }]);
  phone.drop();
  await world.publish(app, uid, 'urgent', { urgency: 'high' });
  await world.advance(16 * second);
  t.match(texts().at(-1), { text: 'urgent' });
  await world.gateway.stop();
});

await t.test('a browser that is linked itself gets it there', async (t) => {
  const { world, app, uid, texts, browser } = await home();
  const page = await world.connect(browser);
  page.acknowledges = true;
  await page.up({ heartbeat: beat });
  await world.publish(app, uid, 'over the link');
  await world.advance(2 * minute);
  t.strictSame(texts(), []);
  t.strictSame(await world.store.waiting(browser, 0, 10), []);
  page.drop('goodbye');
  await world.settle();
  await world.publish(app, uid, 'over the push service');
  await world.advance(second);
  t.match(texts(), [{ text: 'over the push service' }]);
  await world.gateway.stop();
});

await t.test('a push service that cannot take it just now is asked again, in order, and not too often', async (t) => {
  const { world, app, uid, sender, texts } = await home();
  sender.answers.push({ outcome: 'later', reason: '503' }, { outcome: 'later', reason: '503' });
  await world.publish(app, uid, 'one');
  await world.advance(second);
  await world.publish(app, uid, 'two');
  await world.advance(28 * second);
  t.equal(world.count('fallback_failed_total', 'later'), 1, 'something new does not end the pause');
  await world.advance(12 * second);
  t.equal(world.count('fallback_failed_total', 'later'), 2);
  await world.advance(50 * second);
  t.strictSame(texts(), []);
  await world.advance(30 * second);
  t.match(texts(), [{ text: 'one' }, { text: 'two' }]);
  sender.answers.push({ outcome: 'later', reason: '429', afterSeconds: 600 });
  await world.publish(app, uid, 'three');
  await world.advance(599 * second);
  t.equal(texts().length, 2, 'it said how long');
  await world.advance(160 * second);
  t.match(texts().at(-1), { text: 'three' });
  await world.gateway.stop();
});

await t.test('nothing is sent on after its TTL, and one that is refused does not stop the next', async (t) => {
  const { world, app, uid, sender, texts, browser } = await home();
  sender.answers.push({ outcome: 'later', reason: '503' });
  await world.publish(app, uid, 'short', { ttlSeconds: 20 });
  await world.advance(2 * minute);
  t.strictSame(texts(), []);
  sender.answers.push({ outcome: 'refused', reason: '413' });
  await world.publish(app, uid, 'refused');
  await world.publish(app, uid, 'next');
  await world.advance(second);
  t.match(texts(), [{ text: 'next' }]);
  t.strictSame(await world.store.waiting(browser, 0, 10), []);
  t.equal(world.count('fallback_failed_total', 'refused'), 1);
  await world.gateway.stop();
});

await t.test('a subscription that is gone is never sent to again, and the user can add a new one', async (t) => {
  const { world, app, uid, sender, texts, browser, endpoint } = await home();
  sender.answers.push({ outcome: 'gone' });
  await world.publish(app, uid, 'into the void');
  await world.advance(second);
  t.equal((await world.store.device(browser))?.push, undefined);
  t.strictSame(await world.store.waiting(browser, 0, 10), [], 'nothing waits for it any more');
  await world.publish(app, uid, 'nobody is there');
  await world.advance(hour);
  t.strictSame(texts(), []);
  const again = { user: 'anna', push: { endpoint, keys: browserKeys() } };
  t.match(await world.gateway.registry.addDevice(again), { ok: true });
  t.match(await world.gateway.registry.addDevice(again), { ok: false, error: { code: 'push-subscription-taken' } });
  await world.publish(app, uid, 'back');
  await world.advance(second);
  t.match(texts(), [{ text: 'back' }]);
  await world.gateway.stop();
});

await t.test('a restart goes on where it was', async (t) => {
  const store = createMemoryStore();
  const before = await home({ store });
  before.sender.answers.push({ outcome: 'later', reason: 'down' });
  await before.world.publish(before.app, before.uid, 'kept');
  await before.world.advance(second);
  await before.world.gateway.stop();
  t.strictSame(before.texts(), []);
  const sender = new ScriptedSender();
  const world = await createWorld({ store, seed: 2, gateway: { pushSender: () => Promise.resolve(sender) } });
  await world.advance(second);
  t.match(sender.texts, [{ text: 'kept' }]);
  await world.gateway.stop();
});

await t.test('a store that is away at the start is asked again when it is back', async (t) => {
  const store = createMemoryStore();
  const before = await home({ store });
  before.sender.answers.push({ outcome: 'later', reason: 'down' });
  await before.world.publish(before.app, before.uid, 'kept');
  await before.world.advance(second);
  await before.world.gateway.stop();
  const troubled = new TroubledStore(store);
  troubled.failing.add('pushDevices').add('probe');
  const sender = new ScriptedSender();
  const world = await createWorld({ store: troubled.store, seed: 2, gateway: { pushSender: () => Promise.resolve(sender) } });
  await world.advance(second);
  t.strictSame(sender.texts, []);
  troubled.failing.clear();
  await world.advance(20 * second);
  t.match(sender.texts, [{ text: 'kept' }]);
  await world.gateway.stop();
});

await t.test('grants decide which apps a browser gets, from the moment they are given until they are revoked', async (t) => {
  const { world, uid, app, sender, texts, addPhone, browser } = await home();
  const { id: news } = await world.app('news');
  const later = await world.grant('anna', 'news');
  await world.publish(news, later, 'first issue');
  await world.advance(second);
  t.match(texts(), [{ app: 'news', text: 'first issue' }]);
  const phone = await addPhone();
  phone.acknowledges = false;
  await world.publish(app, uid, 'held');
  await world.advance(second);
  await world.revoke(uid);
  await world.advance(2 * minute);
  t.equal(texts().length, 1, 'facts/presence B3: what waited is purged');
  t.strictSame(await world.store.waiting(browser, 0, 10), []);
  await world.grant('anna', 'chat', ['presence']);
  const quiet = await world.gateway.registry.grants({ user: 'anna', app: 'chat' });
  t.match(quiet, { ok: true });
  t.equal(sender.underWay, 0);
  await world.gateway.stop();
});

await t.test('a revoke while it is looked up sends nothing', async (t) => {
  const troubled = new TroubledStore(createMemoryStore());
  const { world, uid, app, texts } = await home({ store: troubled.store });
  const release = troubled.pause('waiting');
  await world.publish(app, uid, 'revoked in between');
  await world.advance(second);
  const revoked = world.revoke(uid);
  await world.settle();
  release();
  await revoked;
  await world.advance(minute);
  t.strictSame(texts(), []);
  await world.gateway.stop();
});

await t.test('what is no text, what is encrypted, what is too long, what was dropped', async (t) => {
  const { world, uid, app, texts, sender, browser } = await home();
  await world.publish(app, uid, '', { data: Uint8Array.of(255, 0) });
  await world.publish(app, uid, '', {});
  await world.publish(app, uid, 'x'.repeat(limits.payloadBytes));
  await world.advance(second);
  t.strictSame(texts(), [
    { app: 'chat', id: 1, bytes: '_wA' }, { app: 'chat', id: 2 }, { app: 'chat', id: 3, truncated: true },
  ]);
  const page = await world.connect(browser);
  const { endpoint } = await page.register('org.example.mail');
  page.drop('goodbye');
  await world.settle();
  const door = await world.gateway.push.endpoint(endpoint!.split('/').at(-1)!);
  if (typeof door === 'string') throw new Error(door);
  await world.gateway.push.push({
    endpoint: door, data: Uint8Array.of(1, 2, 3), encrypted: true, urgency: 'high', ttlSeconds: 60, topic: '',
  });
  await world.advance(second);
  t.strictSame(texts().at(-1), { app: 'org.example.mail', id: 4, encrypted: 'AQID' });
  sender.answers.push({ outcome: 'later', reason: 'down' });
  for (let n = 0; n <= limits.waitingPerSubscription; n += 1) await world.publish(app, uid, `${n}`);
  await world.advance(2 * minute);
  t.match(texts().filter((text) => 'missed' in (text as object)), [{ app: 'chat' }]);
  await world.gateway.stop();
});

await t.test('many at once are sent a few at a time, each device in its own order', async (t) => {
  const { world, app, sender } = await home();
  let open = (): void => undefined;
  sender.hold = new Promise((resolve) => {
    open = resolve;
  });
  const uids: Uid[] = [];
  for (let n = 0; n < limits.fallbackAtOnce + 20; n += 1) {
    await world.user(`user ${n}`);
    const push = { endpoint: `https://push.example.net/${n}`, keys: browserKeys() };
    await world.gateway.registry.addDevice({ user: `user ${n}`, push });
    uids.push(await world.grant(`user ${n}`, 'chat'));
  }
  for (const text of ['first', 'second']) for (const uid of uids) await world.publish(app, uid, text);
  await world.advance(second);
  t.equal(sender.underWay, limits.fallbackAtOnce);
  open();
  await world.advance(second);
  t.equal(sender.mostUnderWay, limits.fallbackAtOnce);
  t.equal(sender.taken.length, 2 * uids.length);
  for (const [n] of uids.entries()) {
    const mine = sender.taken.filter(({ to }) => to.endpoint.endsWith(`/${n}`));
    t.match(mine.map(({ data }) => (JSON.parse(Buffer.from(data).toString()) as { text: string }).text), ['first', 'second']);
  }
  await world.gateway.stop();
});

await t.test('a push subscription is checked before it is kept', async (t) => {
  const world = await createWorld({
    gateway: { endpointProblem: (endpoint) => (endpoint.includes('internal') ? 'not a public address' : undefined) },
  });
  await world.user('anna');
  const keys = browserKeys();
  const good = { endpoint: 'https://push.example.net/1', keys };
  const cases: readonly (readonly [string, typeof good, RegExp])[] = [
    ['no https', { ...good, endpoint: 'http://push.example.net/1' }, /https URL/],
    ['no URL', { ...good, endpoint: 'push' }, /https URL/],
    ['too long', { ...good, endpoint: `https://push.example.net/${'x'.repeat(1_000)}` }, /1000 are the most/],
    ['not public', { ...good, endpoint: 'https://internal/1' }, /not a public address/],
    ['no point', { ...good, keys: { ...keys, p256dh: Buffer.alloc(65, 4).toString('base64url') } }, /p256dh/],
    ['short secret', { ...good, keys: { ...keys, auth: 'AAAA' } }, /auth: 16 bytes/],
  ];
  for (const [name, push, message] of cases) {
    const result = await world.gateway.registry.addDevice({ user: 'anna', push });
    t.match(result, { ok: false, error: { code: 'bad-push-subscription', message } }, name);
  }
  t.match(await world.gateway.registry.devices({ user: 'anna' }), { value: { items: [] } });
  t.match(await world.gateway.registry.addDevice({ user: 'anna', push: good }), { ok: true });
  t.match(await world.gateway.registry.devices({ user: 'anna' }), { value: { items: [{ push: true }] } });
  await world.gateway.stop();
});
