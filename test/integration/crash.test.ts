// Accepted means kept: the gateway is killed at random moments under load, again and again, and in the end every
// notification that was answered with PUBACK has been delivered, or its time was over.

import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import t from 'tap';

import { createPrng } from '../../src/core/prng.js';
import { fileStorage } from '../../src/device/file-storage.js';
import { createDevice } from '../../src/device/index.js';
import type { Device } from '../../src/device/index.js';
import { Operator, until } from '../cli/cast.js';
import { GatewayProcess, startGateway } from '../cli/processes.js';
import { Ledger } from './ledger.js';
import { Publisher } from './publisher.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? Math.floor(Math.random() * 0x7fff_ffff));
const random = createPrng(seed);
const between = (low: number, high: number) => low + random.next() * (high - low);

const kills = 15;
const users = ['alice', 'bob', 'carol'];
const apps = ['chat', 'mail'];

t.setTimeout(150_000);
await t.test(`${kills} crashes under load lose nothing that was accepted (LOWBEAT_SEED=${seed})`, async (t) => {
  const folder = t.testdir();
  const data = join(folder, 'data');
  const ports = { mqttPort: await freePort(), httpPort: await freePort() };
  const url = `mqtt://127.0.0.1:${ports.mqttPort}`;
  const start = () => new GatewayProcess(data, fixed(ports));
  let gateway: GatewayProcess = await startGateway(data, fixed(ports));
  t.teardown(() => gateway.end('SIGKILL'));
  const operator = new Operator(Object.assign(gateway, { ports }));
  const ledger = new Ledger();

  // Conditions: users with two devices each, apps with two publishers each.
  const uids = await addPeople(operator);
  const devices = await startDevices({ operator, ledger, url, folder });
  const publishers = startPublishers({ ledger, url, uids });
  t.teardown(async () => {
    for (const { device } of devices) await device.stop();
    for (const publisher of publishers) await publisher.end();
  });

  // Run.
  const sent = new Map<string, boolean>();
  const received = new Set<string>();
  for (const publisher of publishers) publisher.listen('upstream', (payload) => received.add(payload));
  for (const publisher of publishers) publisher.listen('receipt', (payload) => {
    const { id, state } = JSON.parse(payload) as { id: string; state: string };
    if (state === 'acknowledged') ledger.receipts.add(id);
    else ledger.faults.push(`the receipt of ${id} says ${state}`);
  });
  for (const publisher of publishers) publisher.start();
  let beforeReady = 0;
  for (let kill = 1; kill <= kills; kill++) {
    for (const { device, name } of devices) sendUpstream(device, `${name} before crash ${kill}`, sent);
    await wait(between(50, 1_000));
    await gateway.end('SIGKILL');
    // Sometimes for longer than the short TTL; sometimes dead again before it is ready.
    await wait(random.next() < 0.2 ? 1_600 : 0);
    gateway = start();
    if (random.next() < 0.2) {
      beforeReady += 1;
      await wait(between(50, 400));
      await gateway.end('SIGKILL');
      gateway = start();
    }
    await gateway.ready();
  }
  await Promise.all(publishers.map((publisher) => publisher.drain()));

  // Check.
  await until('everything accepted is delivered', () => ledger.undelivered.length === 0, 30_000).catch(() => undefined);
  t.same(ledger.undelivered.slice(0, 20), [], 'accepted, not expired, and delivered nowhere');
  t.same(ledger.check().slice(0, 20), [], 'late, twice, out of order, dropped, or to the wrong app');
  await until('every message up has come', () => [...sent].every(([text, done]) => !done || received.has(text)))
    .catch(() => undefined);
  t.same([...sent].filter(([text, done]) => done && !received.has(text)), [], 'answered and never came to the app server');
  const owed = [...ledger.accepted.values()].filter(({ message }) => message.named).map(({ message }) => message.name);
  await until('every receipt has come', () => owed.every((name) => ledger.receipts.has(name))).catch(() => undefined);
  t.same(owed.filter((name) => !ledger.receipts.has(name)).slice(0, 20), [], 'delivered, and no receipt came');
  t.ok(ledger.accepted.size > kills * 20, `under load: ${ledger.accepted.size} were accepted`);
  t.match(await gateway.end('SIGTERM'), { code: 0 }, 'a clean end after so many that were not');
  t.comment(
    `${ledger.accepted.size} accepted, ${ledger.deliveredTotal} deliveries, ` +
      `${[...sent.values()].filter(Boolean).length} messages up, ${beforeReady} of the crashes before it was ready`,
  );
});

function fixed({ mqttPort, httpPort }: { mqttPort: number; httpPort: number }): string[] {
  return ['--mqtt-port', String(mqttPort), '--http-port', String(httpPort), '--log-level', 'warn'];
}

type Uids = ReadonlyMap<string, { readonly id: string; readonly secret: string; readonly uids: Map<string, string> }>;

async function addPeople(operator: Operator): Promise<Uids> {
  const known = new Map<string, { id: string; secret: string; uids: Map<string, string> }>();
  for (const app of apps) known.set(app, { ...(await operator.app(app)), uids: new Map() });
  for (const user of users) {
    await operator.user(user);
    for (const { id, uids } of known.values()) uids.set(user, await operator.grant(user, id, ['notify', 'presence']));
  }
  return known;
}

interface Around {
  readonly operator: Operator;
  readonly ledger: Ledger;
  readonly url: string;
}

async function startDevices({ operator, ledger, url, folder }: Around & { readonly folder: string }) {
  const devices: { readonly device: Device; readonly name: string }[] = [];
  for (const name of users.flatMap((user) => [`${user} phone`, `${user} desktop`])) {
    const user = name.split(' ')[0] ?? '';
    const { id, secret: token } = await operator.device(user);
    const storage = fileStorage(join(folder, `${name}.json`));
    const device = createDevice({ url, id, token, storage, reconnect: { baseMs: 50, capMs: 400 } });
    // A gateway that is dead refuses connections; anything else is a fault.
    device.on('warning', ({ code, message }) => {
      if (code !== 'connect-failed') ledger.faults.push(`${name}: ${message}`);
    });
    device.on('abandoned', (which) => ledger.faults.push(`${name} gave up ${which.app} ${which.id}`));
    ledger.addDevice(name, user);
    const registered = apps.map((app) =>
      device.app(app, {
        onNotification: ({ text }) => ledger.deliver(name, app, text),
        onMissed: (count) => void ledger.faults.push(`${name} missed ${count} of ${app}`),
      }).registered(),
    );
    await device.start();
    await Promise.all(registered);
    devices.push({ device, name });
  }
  return devices;
}

function startPublishers({ ledger, url, uids }: Omit<Around, 'operator'> & { readonly uids: Uids }): Publisher[] {
  return [...uids].flatMap(([name, app]) => [
    // One waits for each PUBACK, so that the order of its messages is known; one does not.
    new Publisher({ ...{ ledger, url, random }, name: `${name}-a`, app: { ...app, name }, uids: app.uids, inFlight: 1, pauseMs: 8, named: false }),
    new Publisher({ ...{ ledger, url, random }, name: `${name}-b`, app: { ...app, name }, uids: app.uids, inFlight: 16, pauseMs: 4, named: true }),
  ]);
}

function sendUpstream(device: Device, text: string, sent: Map<string, boolean>): void {
  sent.set(text, false);
  device.send('chat', text).then(() => sent.set(text, true), () => sent.delete(text));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
