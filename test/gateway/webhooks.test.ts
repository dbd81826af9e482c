// Presence told by requests of ours: what reaches a receiver and what never does, whatever happens while a request is under way.

import t from 'tap';
import type { Test } from 'tap';

import type { AppId, DeviceId, Uid } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import { createPrng } from '../../src/core/prng.js';
import type { Schedule } from '../../src/core/presence/windows.js';
import { createGateway } from '../../src/gateway/gateway.js';
import { noLog } from '../../src/ports/log.js';
import { noMetrics } from '../../src/ports/metrics.js';
import { StoreError } from '../../src/ports/store.js';
import type { Store } from '../../src/ports/store.js';
import type { WebhookRequest, WebhookResult, WebhookSender } from '../../src/ports/webhook-sender.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { seedOfRun, seededBytes } from './seeded.js';
import { slowStore } from './slow-store.js';
import { beat, createWorld, must } from './world.js';
import type { FakeDevice, World } from './world.js';

const seed = seedOfRun();
t.comment(`LOWBEAT_SEED=${seed}`);

const second = 1_000;
const minute = 60 * second;
const url = 'https://chat.example.org/presence';
// A promise that no pause outlasts.
const here = { ...beat, promiseSeconds: limits.promiseSeconds };
const away = { ...here, presence: 'away' as const };
const everything = ['notify', 'presence', 'presence.idle'];
/** Longest first pause, and a tick. */
const firstPause = limits.webhookRetryMs + second;

interface Received {
  readonly url: string;
  readonly id: string;
  /** As `uid state`. */
  readonly lines: readonly string[];
}

class Gate {
  #opened: Promise<void> | undefined;
  #open: () => void = () => undefined;

  close(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
    this.#opened = undefined;
  }

  async passed(): Promise<void> {
    await this.#opened;
  }
}

/** Receivers as the gateway sees them: they take all, until they are told to answer otherwise. */
class Receivers implements WebhookSender {
  /** What was put on the wire, taken or not. */
  readonly received: Received[] = [];
  /** Answers to come, then 'taken' for good. */
  readonly answers: WebhookResult[] = [];
  /** A connection takes so long, and an answer does. */
  readonly connecting = new Gate();
  readonly answering = new Gate();
  connections = 0;
  readonly #underWay = new Map<string, number>();
  mostUnderWay = 0;
  mostPerHost = 0;

  async send({ url: to, secret, say }: WebhookRequest): Promise<WebhookResult> {
    if (secret.length !== 32) throw new Error(`a secret of ${secret.length} bytes`);
    const { host } = new URL(to);
    this.connections += 1;
    this.#count(host, 1);
    await this.connecting.passed();
    const turn = { written: false };
    await say((compose) => {
      if (turn.written) throw new Error('written twice');
      const message = compose();
      if (message === undefined) return 'empty';
      turn.written = true;
      this.received.push({ url: to, id: message.id, lines: linesOf(message.body, message.atMs) });
      return 'written';
    });
    if (turn.written) await this.answering.passed();
    this.#count(host, -1);
    return turn.written ? this.answers.shift() ?? { outcome: 'taken' } : { outcome: 'nothing' };
  }

  #count(host: string, by: number): void {
    this.#underWay.set(host, (this.#underWay.get(host) ?? 0) + by);
    this.mostPerHost = Math.max(this.mostPerHost, this.#underWay.get(host) ?? 0);
    this.mostUnderWay = Math.max(this.mostUnderWay, [...this.#underWay.values()].reduce((sum, count) => sum + count, 0));
  }

  get lines(): readonly string[] {
    return this.received.flatMap(({ lines }) => lines);
  }
}

function linesOf(body: string, atMs: number): readonly string[] {
  const { type, timestamp, data, ...more } = JSON.parse(body) as {
    type: string; timestamp: string; data: { presence: { uid: string; state: string }[] };
  };
  if (type !== 'presence' || Date.parse(timestamp) !== atMs || Object.keys(more).length > 0) throw new Error(body);
  return data.presence.map(({ uid, state, ...rest }) => {
    if (Object.keys(rest).length > 0) throw new Error(body);
    return `${uid} ${state}`;
  });
}

interface Home {
  readonly world: World;
  readonly receivers: Receivers;
  readonly app: AppId;
  readonly uid: Uid;
  readonly device: DeviceId;
  readonly phone: FakeDevice;
}

/** A user who is online, and an app that has been told so. */
async function home(options: { readonly store?: Store; readonly scopes?: readonly string[] } = {}): Promise<Home> {
  const receivers = new Receivers();
  const world = await createWorld({ ...(options.store && { store: options.store }), gateway: { webhookSender: receivers } });
  await world.user('anna');
  const { id: device } = await world.device('anna');
  const { id: app } = await world.app('chat');
  const uid = await world.grant('anna', 'chat', options.scopes ?? everything);
  const phone = await world.connect(device);
  await phone.up({ heartbeat: here });
  must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: url }));
  await world.settle();
  return { world, receivers, app, uid, device, phone };
}

/** What is told from here on. */
function since(receivers: Receivers): () => readonly string[] {
  const { length } = receivers.lines;
  return () => receivers.lines.slice(length);
}

async function pause(world: World, uid: Uid, paused: boolean): Promise<void> {
  must(await world.gateway.registry.changeGrant(uid, { paused }));
}

await t.test('each visible change is told, by a message of its own name', async (t) => {
  const { world, receivers, uid, phone } = await home();
  t.strictSame(receivers.lines, [`${uid} online`], 'what is now');
  await phone.up({ heartbeat: away });
  await world.settle();
  phone.drop('goodbye');
  await world.settle();
  t.strictSame(receivers.lines, [`${uid} online`, `${uid} away`, `${uid} offline`]);
  t.ok(receivers.received.every(({ id, url: to }) => /^msg_[0-9a-z]{26}$/.test(id) && to === url));
  t.equal(new Set(receivers.received.map(({ id }) => id)).size, 3);
  t.equal(world.count('webhooks_sent_total'), 3);
  await world.revoke(uid);
  t.strictSame(receivers.lines.at(-1), `${uid} revoked`, 'before the revoke is answered');
  const anew = await world.grant('anna', 'chat', everything);
  await world.settle();
  t.strictSame(receivers.lines.at(-1), `${anew} offline`);
  await world.gateway.stop();
});

await t.test('H1, H4: of a user who hides no connection tells', async (t) => {
  const { world, receivers, uid, phone, device } = await home();
  await pause(world, uid, true);
  await world.settle();
  t.strictSame(receivers.lines.slice(1), [`${uid} offline`]);
  const { connections } = receivers;
  for (let turn = 0; turn < 20; turn += 1) {
    await phone.up({ heartbeat: turn % 2 === 0 ? away : here });
    await world.advance(second);
  }
  phone.drop('goodbye');
  await world.advance(minute);
  const again = await world.connect(device);
  await again.up({ heartbeat: here });
  must(await world.gateway.registry.changeUser((await world.store.userByName('anna'))!.id, { manualStatus: 'invisible' }));
  await pause(world, uid, false);
  await world.advance(minute);
  await again.up({ heartbeat: away });
  await world.advance(minute);
  t.equal(receivers.connections, connections, 'not one');
  await world.gateway.stop();
});

await t.test('A1, A5, A7: no grant, no scope, no idle, no more', async (t) => {
  const { world, receivers, app, uid, phone } = await home({ scopes: ['presence'] });
  const told = since(receivers);
  const { connections } = receivers;
  await world.user('berta');
  const other = await world.device('berta');
  await world.grant('berta', 'chat', ['notify']);
  const stranger = await world.connect(other.id);
  await stranger.up({ heartbeat: here });
  await phone.up({ heartbeat: away });
  await world.settle();
  t.equal(receivers.connections, connections);
  phone.drop('goodbye');
  await world.settle();
  t.strictSame(told(), [`${uid} offline`]);
  must(await world.gateway.registry.removeApp(app));
  const back = await world.connect((await world.device('anna')).id);
  await back.up({ heartbeat: here });
  await world.settle();
  t.equal(told().length, 1, 'the app is gone');
  await world.gateway.stop();
});

await t.test('what is told is looked at when its bytes can be written', async (t) => {
  const { world, receivers, uid, phone } = await home();
  const told = since(receivers);
  receivers.connecting.close();
  await phone.up({ heartbeat: away });
  await world.settle();
  await phone.up({ heartbeat: here });
  await world.settle();
  receivers.connecting.open();
  await world.settle();
  t.strictSame(told(), [], 'R2: there and back again is nothing, not a byte');
  t.equal(receivers.connections, 2);

  receivers.connecting.close();
  await phone.up({ heartbeat: away });
  await world.settle();
  await pause(world, uid, true);
  await world.settle();
  receivers.connecting.open();
  await world.settle();
  t.strictSame(told(), [`${uid} offline`], 'R3: what she hid meanwhile was never written');

  receivers.connecting.close();
  await pause(world, uid, false);
  await world.settle();
  await world.revoke(uid);
  receivers.connecting.open();
  await world.settle();
  t.strictSame(told().slice(1), [`${uid} revoked`], 'B1');
  await world.gateway.stop();
});

await t.test('R1: one request at a time, and the newest of each uid in it', async (t) => {
  const { world, receivers, uid, phone } = await home();
  await world.user('berta');
  const other = await world.connect((await world.device('berta')).id);
  const second = await world.grant('berta', 'chat', everything);
  await other.up({ heartbeat: here });
  await world.settle();
  receivers.answering.close();
  await phone.up({ heartbeat: away });
  await world.settle();
  const { length } = receivers.received;
  for (const heartbeat of [here, away, here]) await phone.up({ heartbeat });
  await other.up({ heartbeat: away });
  await world.settle();
  t.equal(receivers.received.length, length, 'the one before has no answer yet');
  receivers.answering.open();
  await world.settle();
  t.same(receivers.received.slice(length).map(({ lines }) => [...lines].sort()), [[`${uid} online`, `${second} away`].sort()]);
  t.equal(receivers.mostUnderWay, 1);
  await world.gateway.stop();
});

await t.test('more than fits one request follows in the next', async (t) => {
  const receivers = new Receivers();
  const world = await createWorld({ gateway: { webhookSender: receivers } });
  await world.app('chat');
  const count = limits.webhookEvents + 5;
  for (let n = 0; n < count; n += 1) {
    await world.user(`user ${n}`);
    const phone = await world.connect((await world.device(`user ${n}`)).id);
    await phone.up({ heartbeat: here });
    await world.grant(`user ${n}`, 'chat', everything);
  }
  must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: url }));
  await world.settle();
  t.same(receivers.received.map(({ lines }) => lines.length), [limits.webhookEvents, 5]);
  t.equal(new Set(receivers.lines).size, count);
  await world.gateway.stop();
});

await t.test('a receiver that fails is told again, as it is by then, and not too often', async (t) => {
  const { world, receivers, uid, phone } = await home();
  const told = since(receivers);
  receivers.answers.push({ outcome: 'later', reason: '503' });
  await phone.up({ heartbeat: away });
  await world.settle();
  t.strictSame(told(), [`${uid} away`]);
  await phone.up({ heartbeat: here });
  await world.settle();
  t.equal(told().length, 1, 'something new does not end the pause');
  await world.advance(firstPause);
  t.strictSame(told(), [`${uid} away`, `${uid} online`], 'it may have been lost, so it is told although it is as it was');
  t.equal(world.count('webhooks_failed_total', 'later'), 1);
  for (let n = 0; n < 40; n += 1) receivers.answers.push({ outcome: 'later', reason: '503' });
  await phone.up({ heartbeat: away });
  await world.advance(10 * minute);
  const attempts = told().length - 2;
  t.ok(attempts >= 5 && attempts <= 25, `${attempts} attempts in ten minutes`);
  t.ok(told().slice(2).every((line) => line === `${uid} away`));
  receivers.answers.length = 0;
  await world.advance(limits.webhookRetryCapMs);
  const { length } = told();
  await world.advance(limits.webhookRetryCapMs);
  t.equal(told().length, length, 'acknowledged is told no more');
  await world.gateway.stop();
});

await t.test('what was hidden while a receiver fails was never told', async (t) => {
  const { world, receivers, uid, phone } = await home();
  await pause(world, uid, true);
  await world.settle();
  const told = since(receivers);
  receivers.answers.push({ outcome: 'later', reason: 'no answer in time' });
  await pause(world, uid, false);
  await world.settle();
  t.strictSame(told(), [`${uid} online`]);
  await pause(world, uid, true);
  for (let turn = 0; turn < 10; turn += 1) await phone.up({ heartbeat: turn % 2 === 0 ? away : here });
  await world.advance(firstPause);
  t.strictSame(told(), [`${uid} online`, `${uid} offline`]);
  const { connections } = receivers;
  await phone.up({ heartbeat: away });
  await world.advance(minute);
  t.equal(receivers.connections, connections);
  await world.gateway.stop();
});

await t.test('a receiver says how long to wait, within a bound; one that refuses is asked again', async (t) => {
  const { world, receivers, phone } = await home();
  const told = since(receivers);
  receivers.answers.push({ outcome: 'later', reason: '429', afterSeconds: 120 });
  await phone.up({ heartbeat: away });
  await world.advance(119 * second);
  t.equal(told().length, 1);
  await world.advance(32 * second);
  t.equal(told().length, 2);
  receivers.answers.push({ outcome: 'later', reason: '503', afterSeconds: 86_400 });
  await phone.up({ heartbeat: here });
  await world.advance(limits.webhookHeededSeconds * second - second);
  t.equal(told().length, 3);
  await world.advance((limits.webhookHeededSeconds * second) / 4 + 2 * second);
  t.equal(told().length, 4, 'a wrong number must not silence it for good');
  receivers.answers.push({ outcome: 'refused', reason: '403' });
  await phone.up({ heartbeat: away });
  await world.settle();
  t.equal(told().length, 5);
  await world.advance(firstPause);
  t.equal(told().length, 6, 'it may not have been given the secret yet');
  t.equal(world.count('webhooks_failed_total', 'refused'), 1);
  await world.gateway.stop();
});

await t.test('410 ends it, also after a restart, and only that one', async (t) => {
  const { world, receivers, app, phone } = await home();
  receivers.answers.push({ outcome: 'gone' });
  await phone.up({ heartbeat: away });
  await world.settle();
  t.equal((await world.store.app(app))?.webhook, undefined);
  const { connections } = receivers;
  await phone.up({ heartbeat: here });
  await world.advance(minute);
  t.equal(receivers.connections, connections);

  const other = 'https://other.example.org/';
  must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: url }));
  await world.settle();
  receivers.answering.close();
  receivers.answers.push({ outcome: 'gone' });
  await phone.up({ heartbeat: away });
  await world.settle();
  must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: other }));
  receivers.answering.open();
  await world.settle();
  t.equal((await world.store.app(app))?.webhook, other, 'set meanwhile');
  t.equal(receivers.received.at(-1)?.url, other);
  await world.gateway.registry.endWebhook({ app, url });
  t.equal((await world.store.app(app))?.webhook, other);
  await world.gateway.stop();
});

await t.test('another URL: nothing goes to the former from the answer on', async (t) => {
  const { world, receivers, uid, phone } = await home();
  receivers.connecting.close();
  await phone.up({ heartbeat: away });
  await world.settle();
  const next = must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: 'https://new.example.org' }));
  t.match(next, { webhook: 'https://new.example.org/', webhookSecret: /^whsec_[A-Za-z0-9+/]{43}=$/ });
  const first = must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: url }));
  t.not(first.webhookSecret, next.webhookSecret);
  t.equal(must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: 'https://new.example.org/' })).webhookSecret, next.webhookSecret);
  const told = since(receivers);
  receivers.connecting.open();
  await world.settle();
  t.same(receivers.received.slice(-1), [{ url: next.webhook, id: receivers.received.at(-1)?.id, lines: [`${uid} away`] }]);
  t.equal(told().length, 1);
  t.equal(receivers.mostUnderWay, 1);
  t.strictSame(must(await world.gateway.registry.setWebhook({ app: 'chat', webhook: null })).webhook, null);
  await phone.up({ heartbeat: here });
  await world.advance(minute);
  t.equal(told().length, 1);
  await world.gateway.stop();
});

await t.test('a restart begins with what is known to be', async (t) => {
  const store = createMemoryStore();
  const first = await home({ store });
  await first.world.gateway.stop();
  const receivers = new Receivers();
  const world = await createWorld({ store, seed: 2, gateway: { webhookSender: receivers } });
  await world.settle();
  t.equal(receivers.connections, 0, 'S6: nobody is known to be there or not');
  const phone = await world.connect(first.device);
  await phone.up({ heartbeat: here });
  await world.settle();
  t.strictSame(receivers.lines, [`${first.uid} online`]);
  await world.gateway.stop();
});

await t.test('A7: a deactivated app gets nothing', async (t) => {
  const store = createMemoryStore();
  const first = await home({ store });
  await first.world.gateway.stop();
  await store.changeApp(first.app, { deactivated: true });
  const receivers = new Receivers();
  const world = await createWorld({ store, seed: 2, gateway: { webhookSender: receivers } });
  await (await world.connect(first.device)).up({ heartbeat: here });
  await world.advance(limits.freshnessSeconds * second + minute);
  t.equal(receivers.connections, 0);
  await world.gateway.stop();
});

await t.test('a watched user is asked for freshness, until her app cannot be reached for long', async (t) => {
  const { world, receivers, phone } = await home();
  const freshness = (): unknown => phone.frames.flatMap(({ advice }) => (advice === undefined ? [] : [advice.freshnessSeconds])).at(-1);
  t.equal(freshness(), limits.freshnessSeconds, 'somebody watches');
  for (let n = 0; n < 60; n += 1) receivers.answers.push({ outcome: 'later', reason: '503' });
  await phone.up({ heartbeat: away });
  for (let step = 0; step < 12; step += 1) {
    await world.advance(4 * minute);
    await phone.up({ heartbeat: away });
  }
  t.not(freshness(), limits.freshnessSeconds, 'nobody is told');
  receivers.answers.length = 0;
  for (let step = 0; step < 4; step += 1) {
    await world.advance(4 * minute);
    await phone.up({ heartbeat: away });
  }
  await phone.up({ heartbeat: here });
  await world.settle();
  t.match(receivers.lines.at(-1), /online$/);
  t.equal(freshness(), limits.freshnessSeconds, 'somebody watches again');
  await world.gateway.stop();
});

await t.test('C2: a window that closes while nobody can be told is told in the end', async (t) => {
  const { world, receivers, phone } = await home();
  await world.user('berta');
  const other = await world.connect((await world.device('berta')).id);
  await other.up({ heartbeat: here });
  const uid = await world.grant('berta', 'chat', everything);
  // Virtual time begins at midnight.
  const firstHour: Schedule = { zone: 'UTC', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], startMinute: 0, endMinute: 60 }] };
  must(await world.gateway.registry.changeGrant(uid, { schedule: firstHour }));
  await world.settle();
  t.equal(receivers.lines.at(-1), `${uid} online`);
  for (let n = 0; n < 60; n += 1) receivers.answers.push({ outcome: 'later', reason: '503' });
  await phone.up({ heartbeat: away });
  await world.advance(90 * minute);
  receivers.answers.length = 0;
  await world.advance(limits.webhookRetryCapMs);
  t.equal(receivers.lines.filter((line) => line.startsWith(uid)).at(-1), `${uid} offline`);
  await world.gateway.stop();
});

await t.test('requests under way are bounded, in all and to one host', async (t) => {
  const receivers = new Receivers();
  const world = await createWorld({ gateway: { webhookSender: receivers } });
  await world.user('anna');
  const phone = await world.connect((await world.device('anna')).id);
  await phone.up({ heartbeat: here });
  receivers.answering.close();
  const apps = limits.webhooksAtOnce + 20;
  for (let n = 0; n < apps; n += 1) {
    await world.app(`app ${n}`);
    await world.grant('anna', `app ${n}`, everything);
    const host = n < 20 ? 'same' : `host-${n}`;
    must(await world.gateway.registry.setWebhook({ app: `app ${n}`, webhook: `https://${host}.example.org/${n}` }));
  }
  await world.settle();
  t.equal(receivers.mostUnderWay, limits.webhooksAtOnce);
  t.equal(receivers.mostPerHost, limits.webhooksAtOncePerHost, 'one that hangs leaves room for the others');
  receivers.answering.open();
  await world.settle();
  t.equal(receivers.received.length, apps);
  await world.gateway.stop();
});

/** A store of which the named reads fail. */
function failingAt(kept: Store, failing: ReadonlySet<PropertyKey>): Store {
  return new Proxy(kept, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...parameters: unknown[]) => unknown;
      return (...parameters: unknown[]) => {
        if (failing.has(name)) return Promise.reject(new StoreError('STORE_BUSY', 'busy'));
        return method.apply(target, parameters);
      };
    },
  });
}

await t.test('a store that fails delays, and loses nothing', async (t) => {
  const kept = createMemoryStore();
  const failing = new Set<keyof Store>();
  const store = failingAt(kept, failing);
  const { world, receivers, uid, phone, device } = await home({ store });
  const told = since(receivers);
  const { id: user } = (await kept.userByName('anna'))!;
  failing.add('grantsOfUser');
  await world.gateway.registry.changeUser(user, { manualStatus: 'available' });
  await phone.up({ heartbeat: away });
  await world.advance(5 * second);
  t.strictSame(told(), []);
  t.ok(world.count('store_errors_total', 'STORE_BUSY') > 0);
  t.equal(world.gateway.presenceOf(device), 'away');
  failing.clear();
  await world.advance(5 * second);
  t.strictSame(told(), [`${uid} away`]);
  await world.gateway.stop();

  failing.add('apps');
  const others = new Receivers();
  const restarted = await createWorld({ store, seed: 2, gateway: { webhookSender: others } });
  await (await restarted.connect(device)).up({ heartbeat: here });
  await restarted.advance(5 * second);
  t.strictSame(others.lines, []);
  failing.clear();
  await restarted.advance(5 * second);
  t.strictSame(others.lines, [`${uid} online`], 'webhooks are found as soon as they can be read');
  await restarted.gateway.stop();
});

await t.test('a stop waits for the answer, and tells nothing more', async (t) => {
  const { world, receivers, phone } = await home();
  receivers.answering.close();
  await phone.up({ heartbeat: away });
  await world.settle();
  const { length } = receivers.received;
  await phone.up({ heartbeat: here });
  let stopped = false;
  const stopping = world.gateway.stop().then(() => {
    stopped = true;
  });
  await world.settle();
  t.equal(stopped, false);
  receivers.answering.open();
  await stopping;
  t.equal(receivers.received.length, length, 'no mass offline either');
});

/** Visibility by the test's own book, at the moment when bytes are written. */
async function interleaved(t: Test, slow: boolean): Promise<void> {
  const random = createPrng(seed);
  const receivers = new Receivers();
  const store = slow ? slowStore(createMemoryStore(), random) : createMemoryStore();
  const world = await createWorld({ store, seed, gateway: { webhookSender: receivers } });
  const { id: app } = await world.app('chat');
  must(await world.gateway.registry.setWebhook({ app, webhook: url }));
  const users: { readonly name: string; readonly phone: FakeDevice; uid: Uid; hidden: boolean }[] = [];
  for (let n = 0; n < 6; n += 1) {
    const name = `user ${n}`;
    await world.user(name);
    const { id } = await world.device(name);
    users.push({ name, phone: await world.connect(id), uid: await world.grant(name, 'chat', everything), hidden: false });
  }
  await world.settle();
  /** How many lines there were when it was answered that the uid is hidden, or revoked. */
  const hiddenAt = new Map<Uid, number>();
  const revokedAt = new Map<Uid, number>();
  const faults: string[] = [];
  const check = (): void => {
    for (const [uid, from] of hiddenAt) {
      const wrong = receivers.lines.slice(from).filter((line) => line === `${uid} online` || line === `${uid} away`);
      if (wrong.length > 0) faults.push(`hidden and told: ${wrong.join(', ')}`);
    }
  };
  for (let step = 0; step < 1_500; step += 1) {
    const user = users[Math.floor(random.next() * users.length)]!;
    const roll = random.next();
    if (roll < 0.6) {
      void user.phone.up({ heartbeat: random.next() < 0.5 ? away : here });
    } else if (roll < 0.7) {
      if (random.next() < 0.5) receivers.connecting.close();
      else receivers.connecting.open();
    } else if (roll < 0.8) {
      if (random.next() < 0.5) receivers.answering.close();
      else receivers.answering.open();
    } else if (roll < 0.85) {
      receivers.answers.push(random.next() < 0.7 ? { outcome: 'later', reason: '503' } : { outcome: 'taken' });
    } else if (roll < 0.95) {
      check();
      user.hidden = !user.hidden;
      if (!user.hidden) hiddenAt.delete(user.uid);
      await pause(world, user.uid, user.hidden);
      if (user.hidden) hiddenAt.set(user.uid, receivers.lines.length);
    } else {
      check();
      hiddenAt.delete(user.uid);
      await world.revoke(user.uid);
      revokedAt.set(user.uid, receivers.lines.length);
      user.uid = await world.grant(user.name, 'chat', everything);
      user.hidden = false;
    }
    if (random.next() < 0.3) await world.advance(second);
  }
  check();
  receivers.connecting.open();
  receivers.answering.open();
  receivers.answers.length = 0;
  await world.advance(limits.webhookRetryCapMs);
  check();
  t.same(faults, []);
  t.ok(revokedAt.size > 30, `${revokedAt.size} revokes`);
  for (const [uid, from] of revokedAt) {
    const after = receivers.lines.slice(from).filter((line) => line.startsWith(uid));
    t.ok(after.every((line) => line === `${uid} revoked`), `${uid}: ${after.join(', ')}`);
    t.equal(receivers.lines.filter((line) => line.startsWith(uid)).at(-1), `${uid} revoked`, 'and that it was told');
  }
  for (const { uid } of users) {
    const last = receivers.lines.filter((line) => line.startsWith(uid)).at(-1);
    const now = await world.gateway.presence.of(app, uid);
    t.equal(last, `${uid} ${now}`, 'in the end the receiver knows what is');
  }
  await world.gateway.stop();
}

await t.test('toggles, hides, revokes and failures in whatever order', (t) => interleaved(t, false));
await t.test('the same on a store that takes its time', (t) => interleaved(t, true));

await t.test('what is no webhook is refused, and changes nothing', async (t) => {
  const { world, app } = await home();
  const problems: readonly (readonly [string, RegExp])[] = [
    ['', /not a URL/], ['chat', /not a URL/], ['ftp://a.example.org/', /not an https URL/], ['http://a.example.org/', /not an https URL/],
    ['https://user:word@a.example.org/', /name or password/], ['https://a.example.org/#x', /fragment/],
    [`https://a.example.org/${'ü'.repeat(limits.urlCharacters / 6)}`, /are the most/],
  ];
  for (const [webhook, message] of problems) {
    t.match(await world.gateway.registry.setWebhook({ app, webhook }), { ok: false, error: { code: 'bad-webhook', message } }, webhook.slice(0, 40));
  }
  t.match(await world.gateway.registry.setWebhook({ app: 'nobody', webhook: url }), { ok: false, error: { code: 'unknown-app' } });
  t.equal((await world.store.app(app))?.webhook, url);
  t.match(await world.gateway.registry.apps(), { value: { items: [{ name: 'chat', webhook: url }] } });
  await world.gateway.stop();
});

await t.test('without somebody who sends, a webhook is kept and waits', async (t) => {
  const store = createMemoryStore();
  const { world } = await home({ store });
  await world.gateway.stop();
  const { time } = world;
  const gateway = await createGateway({ store, clock: time, log: noLog, metrics: noMetrics, randomBytes: seededBytes(3), every: time.every });
  t.match(await gateway.registry.apps(), { value: { items: [{ webhook: url }] } });
  await gateway.stop();
});
