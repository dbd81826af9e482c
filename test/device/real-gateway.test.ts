// The client against the real gateway: its MQTT front on real sockets, its sessions, a memory store, real time.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import t from 'tap';
import type { Test } from 'tap';
import webPush from 'web-push';
import { WebSocketServer } from 'ws';

import type { Urgency } from '../../src/core/frames.js';
import type { AppId, DeviceId, SubscriptionId, Uid } from '../../src/core/ids.js';
import { createPrng } from '../../src/core/prng.js';
import type { Device } from '../../src/device/device.js';
import { createDevice } from '../../src/device/index.js';
import type { DeviceOptions, Notification } from '../../src/device/index.js';
import type { PublishResult } from '../../src/gateway/doors.js';
import { createGateway } from '../../src/gateway/gateway.js';
import type { RunningGateway } from '../../src/gateway/gateway.js';
import type { Outcome } from '../../src/gateway/outcome.js';
import { createMqttFront } from '../../src/mqtt/front.js';
import type { MqttFront } from '../../src/mqtt/front.js';
import { systemClock } from '../../src/ports/clock.js';
import { noLog } from '../../src/ports/log.js';
import type { Metrics } from '../../src/ports/metrics.js';
import type { Store } from '../../src/ports/store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { selfSigned } from './certificate.js';
import { Proxy } from './proxy.js';
import { until } from './setting.js';
import { VirtualTime } from './virtual-time.js';

const certificate = selfSigned();
const noMetrics: Metrics = { count: () => undefined, set: () => undefined, observe: () => undefined };

interface RealGateway {
  readonly gateway: RunningGateway;
  readonly front: MqttFront;
  readonly urls: { readonly tcp: string; readonly tls: string; readonly webSocket: string };
}

async function realGateway(t: Test, store: Store, tcpPort = 0): Promise<RealGateway> {
  const gateway = await createGateway({
    store, clock: systemClock, log: noLog, metrics: noMetrics, randomBytes, publicUrl: () => 'https://gateway.example',
  });
  const front = await createMqttFront({ gateway, clock: systemClock, deadlines: gateway.deadlines, log: noLog, metrics: noMetrics });
  const tcp = await front.listenTcp({ port: tcpPort, host: '127.0.0.1' });
  const tls = await front.listenTls({ port: 0, host: '127.0.0.1', ...certificate });
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, path: '/mqtt', handleProtocols: () => 'mqtt' });
  sockets.on('connection', (socket, request) => front.acceptWebSocket(socket, request.socket.remoteAddress ?? ''));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.teardown(async () => {
    await front.stop({ withinMs: 500 });
    await gateway.stop(500);
    http.close();
  });
  return {
    gateway, front,
    urls: {
      tcp: `mqtt://127.0.0.1:${tcp.port}`,
      tls: `mqtts://localhost:${tls.port}`,
      webSocket: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/mqtt`,
    },
  };
}

interface Alice {
  readonly app: AppId;
  readonly uid: Uid;
  readonly credentials: { readonly id: DeviceId; readonly token: string };
}

/** A user with one device, who lets the app "chat" notify her. */
async function alice({ gateway: { registry } }: RealGateway): Promise<Alice> {
  const user = must(await registry.addUser({ name: 'alice' }));
  const { id, token } = must(await registry.addDevice({ user: user.id }));
  const app = must(await registry.addApp({ name: 'chat' }));
  const { uid } = must(await registry.addGrant({ user: user.id, app: app.id, scopes: ['notify', 'presence'] }));
  return { app: app.id, uid, credentials: { id, token } };
}

function must<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

function publish(
  { gateway }: RealGateway, app: AppId, to: { readonly uid: Uid } | { readonly subscription: SubscriptionId }, text: string,
  more: { readonly urgency?: Urgency } = {},
): Promise<PublishResult> {
  return gateway.publish({
    app, to, data: new TextEncoder().encode(text), urgency: 'high', ttlSeconds: 60, topic: '', reference: '', receipt: false, ...more,
  });
}

interface Client {
  readonly device: Device;
  readonly received: string[];
  readonly statuses: string[];
}

function client(t: Test, options: DeviceOptions): Client {
  const device = createDevice({ ca: certificate.cert, reconnect: { baseMs: 50, capMs: 200 }, ...options });
  const received: string[] = [];
  const statuses: string[] = [];
  device.on('status', (status) => statuses.push(status.state === 'stopped' ? `stopped: ${status.reason}` : status.state));
  device.on('warning', () => undefined);
  device.app('chat', { onNotification: ({ text }) => { received.push(text); } });
  t.teardown(() => device.stop());
  return { device, received, statuses };
}

for (const way of ['tcp', 'tls', 'webSocket'] as const) {
  await t.test(`over ${way}`, async (t) => {
    const real = await realGateway(t, createMemoryStore());
    const { app, uid, credentials } = await alice(real);
    const upstream: string[] = [];
    const server = real.gateway.attachApp(app, {
      address: 'test',
      send: (topic, payload, token) => {
        upstream.push(`${topic} ${new TextDecoder().decode(payload)}`);
        queueMicrotask(() => server?.delivered(token));
        return true;
      },
      close: () => undefined,
    });
    server?.subscribed(['upstream/+']);

    const { device, received } = client(t, { url: real.urls[way], ...credentials });
    const chat = device.app('chat', { onNotification: ({ text }) => { received.push(text); } });
    await device.start();
    const { subscription } = await chat.registered();

    t.match(await publish(real, app, { uid }, 'to the user'), { ok: true });
    t.match(await publish(real, app, { subscription: subscription as SubscriptionId }, 'to this device'), { ok: true });
    await until(() => received.length === 2, 'both are received');
    t.same(received, ['to the user', 'to this device'], 'in order');
    await until(() => real.gateway.presenceOf(credentials.id) === 'online', 'presence is known');

    await device.send('chat', 'hello, server');
    await until(() => upstream.length > 0, 'the app server has the message');
    t.equal(upstream.length, 1);
    t.match(upstream[0], /^upstream\/uid_.*hello, server/);

    await device.stop();
    await until(() => real.gateway.presenceOf(credentials.id) === 'offline', 'the goodbye is heard');
    t.equal((await real.gateway.status()).store?.waitingNotifications, 0, 'what was acknowledged is gone');
  });
}

await t.test('presence M5: handled on one device, it goes from the other, also from one that was away', async (t) => {
  const store = createMemoryStore();
  const real = await realGateway(t, store);
  const { app, uid, credentials } = await alice(real);
  const { id, token } = must(await real.gateway.registry.addDevice({ user: 'alice' }));
  let text: string | undefined;
  const storage = {
    load: () => Promise.resolve(text),
    save: (saved: string) => {
      text = saved;
      return Promise.resolve();
    },
  };
  const cleared: string[] = [];
  async function shows(who: string, { device }: Client): Promise<Notification[]> {
    const shown: Notification[] = [];
    const chat = device.app('chat', { onNotification: (notification) => { shown.push(notification); } });
    device.on('clear', ({ app: of, ids }) => cleared.push(`${who} ${of} ${ids.join(' ')}`));
    t.throws(() => device.handled('chat', 1), { code: 'not-started' });
    await device.start();
    await chat.registered();
    return shown;
  }
  const phone = client(t, { url: real.urls.webSocket, ...credentials, storage });
  const desktop = client(t, { url: real.urls.tls, id, token });
  const onPhone = await shows('phone', phone);
  const onDesktop = await shows('desktop', desktop);
  t.throws(() => phone.device.handled('chat', 0), { code: 'bad-option' });
  t.throws(() => phone.device.handled('news', 1), { code: 'unknown-app' });

  await publish(real, app, { uid }, 'one');
  await publish(real, app, { uid }, 'two');
  await until(() => onPhone.length === 2 && onDesktop.length === 2, 'both show both');
  onPhone[0]!.handled();
  await until(() => cleared.length > 0, 'the other one clears it');
  t.same(cleared, [`desktop chat ${onDesktop[0]!.id}`]);

  await phone.device.stop();
  await until(() => real.gateway.presenceOf(credentials.id) === 'offline', 'the phone is away');
  desktop.device.handled('chat', onDesktop[1]!.id);
  // The gateway has it: until then nothing is on its way to the phone.
  while ((await store.clears(credentials.id, Date.now())).length === 0) await new Promise((resolve) => setImmediate(resolve));
  await publish(real, app, { uid }, 'three');

  // Its program starts anew, with what it had kept.
  const onPhoneAgain = await shows('phone again', client(t, { url: real.urls.tcp, ...credentials, storage }));
  await until(() => cleared.length > 1 && onPhoneAgain.length > 0, 'it clears what was handled meanwhile, and gets what it missed');
  t.same(cleared.slice(1), [`phone again chat ${onPhone[1]!.id}`]);
  t.same(onPhoneAgain.map((notification) => notification.text), ['three']);
});

await t.test('Web Push from end to end: only the device can read it', async (t) => {
  const store = createMemoryStore();
  const real = await realGateway(t, store);
  const { credentials } = await alice(real);
  const vapid = webPush.generateVAPIDKeys();
  const got: string[] = [];
  const { device } = client(t, { url: real.urls.tcp, ...credentials });
  const chat = device.app('chat', {
    onNotification: ({ text, encrypted: flag }) => { got.push(`${text} ${flag ?? 'readable'}`); },
  }, { applicationServerKey: vapid.publicKey });
  await device.start();
  const { endpoint = '', keys } = await chat.registered();
  t.match(endpoint, /^https:\/\/gateway\.example\/push\/.{27,}$/);
  await device.stop();

  const { push } = real.gateway;
  const opened = await push.endpoint(endpoint.slice(endpoint.lastIndexOf('/') + 1));
  if (opened === 'unknown' || opened === 'gone') throw new Error(opened);
  t.same(Buffer.from(opened.applicationServerKey!).toString('base64url'), vapid.publicKey);
  const common = { endpoint: opened, urgency: 'normal', ttlSeconds: 60, topic: '' } as const;
  // What the package would send over HTTP, to the letter.
  for (const text of ['größer', 'x'.repeat(3993)]) {
    const { body } = webPush.generateRequestDetails({ endpoint, keys: keys! }, text, { contentEncoding: 'aes128gcm' });
    t.match(await push.push({ ...common, data: body, encrypted: true }), { ok: true });
  }
  t.match(await push.push({ ...common, data: new Uint8Array(0), encrypted: false }), { ok: true });
  await device.start();
  await until(() => got.length === 3, 'all are read');
  t.same(got, ['größer readable', `${'x'.repeat(3993)} readable`, ' readable'], 'what waited in the store too, in order');
  device.remove('chat');
  await until(() => device.registrations.length === 0, 'it is removed');
  let left: unknown;
  for (let attempt = 0; attempt < 1000 && left !== 'gone'; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    left = await push.endpoint(endpoint.slice(endpoint.lastIndexOf('/') + 1));
  }
  t.equal(left, 'gone', 'and its endpoint ends with it');
});

await t.test('a device that was away', async (t) => {
  const real = await realGateway(t, createMemoryStore());
  const { app, uid, credentials } = await alice(real);
  const first = client(t, { url: real.urls.tcp, ...credentials });
  await first.device.start();
  await until(() => first.device.registrations.length === 1, 'it is registered');
  await first.device.stop();
  for (const text of ['one', 'two', 'three']) await publish(real, app, { uid }, text);

  const second = client(t, { url: real.urls.tcp, ...credentials });
  await second.device.start();
  await until(() => second.received.length === 3, 'all are there');
  t.same(second.received, ['one', 'two', 'three'], 'gets it all, in order, when it is back');
});

await t.test('a minimum urgency', async (t) => {
  const real = await realGateway(t, createMemoryStore());
  const { app, uid, credentials } = await alice(real);
  const { device, received } = client(t, { url: real.urls.tcp, ...credentials });
  device.setMinimumUrgency('high');
  await device.start();
  await until(() => device.registrations.length === 1, 'it is registered');
  await publish(real, app, { uid }, 'whenever', { urgency: 'low' });
  await publish(real, app, { uid }, 'now', { urgency: 'high' });
  await until(() => received.length > 0, 'the urgent one is there');
  t.same(received, ['now']);
  device.setMinimumUrgency('very-low');
  await until(() => received.length === 2, 'the other one is there');
  t.same(received, ['now', 'whenever']);
});

await t.test('a gateway that stops and comes back', async (t) => {
  const store = createMemoryStore();
  const before = await realGateway(t, store);
  const { app, uid, credentials } = await alice(before);
  const time = new VirtualTime();
  const { device, received, statuses } = client(t, { url: before.urls.tcp, ...credentials, clock: time, timer: time });
  await device.start();
  await until(() => device.registrations.length === 1, 'it is registered');

  before.front.stopAccepting();
  await before.gateway.stop(1_000);
  await before.front.stop({ withinMs: 500 });
  await until(() => statuses.at(-1) === 'waiting', 'the device was told');
  const { status } = device;
  const waitMs = status.state === 'waiting' ? status.untilMs - time.nowMs() : NaN;
  t.ok(waitMs >= 0 && waitMs < 600_000, `waits ${waitMs} ms`);

  const after = await realGateway(t, store, Number(before.urls.tcp.split(':').at(-1)));
  t.match(await publish(after, app, { uid }, 'welcome back'), { ok: true });
  time.advance(waitMs);
  await until(() => received.length > 0, 'it is back');
  t.same(received, ['welcome back']);
});

await t.test('a line that is cut again and again', async (t) => {
  const seed = Number(process.env.LOWBEAT_SEED ?? 20_260_101);
  t.comment(`LOWBEAT_SEED=${seed}`);
  const random = createPrng(seed);
  const real = await realGateway(t, createMemoryStore());
  const { app, uid, credentials } = await alice(real);
  const proxy = await Proxy.listen(Number(real.urls.tcp.split(':').at(-1)));
  t.teardown(() => proxy.close());
  const arrived: string[] = [];
  const server = real.gateway.attachApp(app, {
    address: 'test',
    send: (_topic, payload, token) => {
      arrived.push(new TextDecoder().decode(payload));
      queueMicrotask(() => server?.delivered(token));
      return true;
    },
    close: () => undefined,
  });
  server?.subscribed(['upstream/+']);
  const time = new VirtualTime();
  const { device, received } = client(t, { url: `mqtt://127.0.0.1:${proxy.port}`, ...credentials, clock: time, timer: time, random });
  await device.start();
  await until(() => device.registrations.length === 1, 'it is registered');

  const published: string[] = [];
  const sent: string[] = [];
  const sending: Promise<void>[] = [];
  for (let cut = 0; cut < 40; cut += 1) {
    for (let index = 0; index < 3; index += 1) {
      published.push(`down ${published.length}`);
      if (!(await publish(real, app, { uid }, published.at(-1)!)).ok) throw new Error('it was not accepted');
      sent.push(`up ${sent.length}`);
      sending.push(device.send('chat', sent.at(-1)!));
      for (let turn = Math.floor(random.next() * 12); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
    }
    proxy.cut();
    await until(() => {
      if (device.status.state === 'linked') return true;
      time.advance(100);
      return false;
    }, 'it is back');
  }
  await Promise.all(sending);
  await until(() => received.length >= published.length, 'all are received');
  t.same(received, published, 'each is handled once, and in order');
  await until(() => new Set(arrived).size === sent.length, 'all have arrived');
  t.same(new Set(arrived), new Set(sent), 'no message is lost');
  t.comment(`${arrived.length - sent.length} of ${sent.length} messages arrived twice`);
});

await t.test('refusals and removals', async (t) => {
  const real = await realGateway(t, createMemoryStore());
  const { app, credentials } = await alice(real);
  const wrong = client(t, { url: real.urls.tcp, id: credentials.id, token: 'guessed' });
  await wrong.device.start();
  await until(() => wrong.statuses.at(-1) === 'stopped: refused', 'a wrong token is refused');

  const right = client(t, { url: real.urls.tcp, ...credentials });
  const chat = right.device.app('chat', { onNotification: () => undefined });
  await right.device.start();
  const { subscription } = await chat.registered();
  chat.remove();
  let result: PublishResult | undefined;
  for (let attempt = 0; attempt < 200 && result?.ok !== false; attempt += 1) {
    result = await publish(real, app, { subscription: subscription as SubscriptionId }, 'x');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  t.match(result, { ok: false, error: { code: 'unknown-destination' } }, 'an app that was removed has no address any more');

  must(await real.gateway.registry.removeDevice(credentials.id));
  await until(() => right.statuses.at(-1) === 'stopped: removed', 'a device that is removed hears of it');
});
