// Bad input and bad days on a real gateway: each gets its clear error, is counted, costs bounded memory, and loses nothing
// that was accepted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import t from 'tap';

import { limits } from '../../src/core/limits.js';
import { createDevice } from '../../src/device/index.js';
import { decodeDownFrame } from '../../src/wire/link-codec.js';
import { mosquittoOptions, mosquittoPub, Operator, until } from '../cli/cast.js';
import type { Credentials } from '../cli/cast.js';
import { lowbeat, RunningProgram, startGateway } from '../cli/processes.js';
import { RawClient } from '../mqtt/raw-client.js';
import { smallDisk } from './full-disk.js';

t.setTimeout(150_000);
const gateway = await startGateway(join(t.testdir(), 'data'));
t.teardown(() => gateway.end('SIGKILL'));
const { ports } = gateway;
const operator = new Operator(gateway);
const http = `http://127.0.0.1:${ports.httpPort}`;
const app = await operator.app('chat');
const user = await operator.user('alice');
const uid = await operator.grant(user, app.id);

/** The answer to a publish over HTTP. */
async function post(path: string, body: string, who: Credentials = app): Promise<{ status: number; body: unknown }> {
  const authorization = `Basic ${Buffer.from(`${who.id}:${who.secret}`).toString('base64')}`;
  const response = await fetch(`${http}/v1/${path}`, { method: 'POST', headers: { authorization }, body });
  return { status: response.status, body: await response.json() };
}

/** What `error/+` tells the app server next. */
async function toldError(): Promise<unknown> {
  const listener = new RunningProgram('mosquitto_sub', [...mosquittoOptions(ports, app), '-t', 'error/+', '-q', '1', '-C', '1']);
  const line = await listener.line((text) => text !== '');
  await listener.ended();
  return JSON.parse(line) as unknown;
}

/** How much a counter of /metrics grows while `run` runs. */
async function growth(name: string, reason: string | undefined, run: () => Promise<unknown>): Promise<number> {
  const before = await operator.metric(name, reason);
  await run();
  return (await operator.metric(name, reason)) - before;
}

function serverOf({ id, secret }: Credentials): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${ports.mqttPort}`, { username: id, password: secret, reconnectPeriod: 0 });
}

async function linked(credentials: Credentials): Promise<RawClient> {
  const client = await RawClient.connect(ports.mqttPort);
  const { id, secret } = credentials;
  const code = await client.hello({ clientId: id, username: id, password: Buffer.from(secret) });
  if (code !== 0) throw new Error(`CONNACK ${code}`);
  return client;
}

/** The close that a device was sent as the last thing before its connection ended. */
async function closeOf(client: RawClient): Promise<unknown> {
  await client.closed;
  let close: unknown;
  for (let packet = await client.next(); packet !== undefined; packet = await client.next()) {
    if (packet.cmd !== 'publish') continue;
    const decoded = decodeDownFrame(packet.payload as Buffer);
    if (decoded.ok && decoded.frame.close !== undefined) close = decoded.frame.close;
  }
  return close;
}

/** A PUBLISH on topic `u`. */
function up(payload: Uint8Array | readonly number[], messageId: number): Parameters<RawClient['send']>[0] {
  return { cmd: 'publish', topic: 'u', payload: Buffer.from(payload), qos: 1, dup: false, retain: false, messageId };
}

await t.test('wrong credentials', async (t) => {
  const grown = await growth('connections_refused_total', 'credentials', async () => {
    for (const who of [{ ...app, secret: 'wrong' }, { id: 'app_0', secret: app.secret }, { id: 'dev_0', secret: 'x' }]) {
      const { code, stderr } = await mosquittoPub(ports, who, `notify/${uid}`, 'hello');
      t.ok(code !== 0, who.id);
      t.match(stderr, /not authori[sz]ed/i);
    }
  });
  t.equal(grown, 3);
  t.match(await post(`notify/${uid}`, 'hello', { ...app, secret: 'wrong' }), { status: 401, body: { code: 'unauthorized' } });
});

await t.test('revoked: a device that was removed, an app that was removed, a grant that was revoked', async (t) => {
  const phone = await operator.device(user);
  const link = await linked(phone);
  await operator.client.removeDevice(phone.id);
  t.match(await closeOf(link), { reason: 'removed' }, 'the link ends, for good');
  const again = await RawClient.connect(ports.mqttPort);
  t.equal(await again.hello({ clientId: phone.id, username: phone.id, password: Buffer.from(phone.secret) }), 5);

  const mail = await operator.app('mail');
  const mailUid = await operator.grant(user, mail.id);
  await operator.client.removeGrant(mailUid);
  t.match(await post(`notify/${mailUid}`, 'hello', mail), { status: 410, body: { code: 'revoked' } });
  const server = await serverOf(mail);
  const closed = new Promise((resolve) => server.once('close', () => resolve(true)));
  await operator.client.removeApp(mail.id);
  t.ok(await closed, 'the connection ends');
  t.match(await mosquittoPub(ports, mail, `notify/${mailUid}`, 'hello'), { stderr: /not authori[sz]ed/i });
});

await t.test('a foreign topic closes the connection, and the app server is told which topics are its own', async (t) => {
  const grown = await growth('app_packets_refused_total', 'not-allowed', async () => {
    for (const topic of [`presence/${uid}`, 'u', 'd', '$SYS/x']) {
      t.not((await mosquittoPub(ports, app, topic, 'x')).code, 0, topic);
    }
  });
  t.equal(grown, 4);
  t.match(await toldError(), { code: 'not-allowed', message: /notify\/<uid>, device\/<subscription> or cancel\/<id>/ });
  const listener = new RunningProgram('mosquitto_sub', [...mosquittoOptions(ports, app), '-t', '#', '-q', '1', '-d']);
  t.match(await listener.line((line) => line.includes('Subscribed')), /128/, 'a foreign filter is refused in SUBACK');
  await listener.end('SIGTERM');
  const phone = await linked(await operator.device(user));
  phone.send({ cmd: 'publish', topic: `notify/${uid}`, payload: Buffer.from('x'), qos: 0, dup: false, retain: false });
  await phone.closed;
  t.match((await metricsText()).match(/^lowbeat_device_packets_refused_total\{.*\} 1$/m)?.[0], /reason=/, 'counted for devices, too');
});

await t.test('what a publish gets wrong is told over both doors', async (t) => {
  const news = await operator.app('news');
  const newsUid = await operator.grant(user, news.id);
  const large = 'x'.repeat(limits.payloadBytes + 1);
  const cases: [topic: string, body: string, code: string, status: number, message: RegExp][] = [
    ['notify/uid_0123456789abcdefghjkmnpqrs', 'x', 'unknown-destination', 404, /no such destination/],
    [`notify/${newsUid}`, large, 'payload-too-large', 413, /4096/],
    [`notify/${newsUid}?urgency=now`, 'x', 'bad-option', 400, /urgency is "now": allowed is very-low, low, normal, high/],
    [`notify/${newsUid}?ttl=99999999`, 'x', 'bad-option', 400, /ttl is "99999999": allowed is whole seconds from 0 to 2419200/],
    [`notify/${newsUid}?colour=red`, 'x', 'bad-option', 400, /"colour": allowed are urgency, ttl, topic, id, receipt/],
  ];
  const server = await serverOf(news);
  const errors: unknown[] = [];
  server.on('message', (_topic, payload) => errors.push(JSON.parse(payload.toString())));
  await server.subscribeAsync('error/+', { qos: 1 });
  await server.publishAsync(`notify/${newsUid}`, 'a good one', { qos: 1 });
  for (const [topic, body, code, status, message] of cases) {
    const answer = await post(topic, body, news);
    t.match(answer, { status, body: { code, detail: message } }, `${code} over HTTP`);
    await server.publishAsync(topic, body, { qos: 1 });
    await until('the error is told', () => errors.length > 0);
    t.match(errors.shift(), { code, message }, `${code} over MQTT`);
    t.ok((await operator.metric('app_packets_refused_total', code)) >= 1, `${code} is counted`);
  }
  await server.endAsync();
  const byHand = await mosquittoPub(ports, news, `notify/${newsUid}?urgency=now`, 'x');
  t.not(byHand.code, 0, 'who tries by hand sees it fail');
});

async function metricsText(): Promise<string> {
  return (await fetch(`${http}/metrics`)).text();
}

await t.test('bytes that are no MQTT, and packets that are too large', async (t) => {
  const wild = await RawClient.connect(ports.mqttPort);
  wild.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await wild.closed;
  t.ok((await operator.metric('connections_refused_total', 'not-mqtt')) >= 1, 'counted');
  const server = await RawClient.connect(ports.mqttPort);
  t.equal(await server.hello({ clientId: 'x', username: app.id, password: Buffer.from(app.secret) }), 0);
  server.send({
    cmd: 'publish', topic: `notify/${uid}`, payload: Buffer.alloc(limits.appPacketBytes), qos: 1, dup: false, retain: false, messageId: 1,
  });
  await server.closed;
  t.pass('a packet above the bound ends the connection');
});

await t.test('frames of garbage cost themselves, then the link', async (t) => {
  const phone = await operator.device(user);
  const client = await linked(phone);
  const garbage = [Buffer.from('garbage'), Buffer.alloc(0), Buffer.from([0xff, 0xff, 0xff]), Buffer.from([0x08])];
  const grown = await growthOf('frames_malformed_total', async () => {
    for (let number = 0; number < limits.malformedFrames; number++) client.send(up(garbage[number % garbage.length] ?? [], number + 1));
    // A frame that is whole is still answered.
    client.send(up([0x08, 0x14, 0x10, 0xf0, 0x01], 100));
    const answer = await client.next();
    t.match(answer, { cmd: 'puback', messageId: 100 });
    client.send(up(garbage[0] ?? [], 101));
    t.match(await closeOf(client), { reason: 'too-many-malformed-frames' });
  });
  t.equal(grown, limits.malformedFrames + 1);
});

/** As `growth`, over all reasons. */
async function growthOf(name: string, run: () => Promise<unknown>): Promise<number> {
  const sum = async () => (await operator.client.counts()).get(name) ?? 0;
  const before = await sum();
  await run();
  return (await sum()) - before;
}

await t.test('a flood of frames closes the link; a flood of publishes is read more slowly, and none is lost', async (t) => {
  const before = residentMegabytes();
  const flooding = await linked(await operator.device(user));
  for (let number = 1; number <= 2_000; number++) flooding.send(up([0x08, 0x14, 0x10, 0xf0, 0x01], number % 65_535));
  t.match(await closeOf(flooding), { reason: 'too-many-frames' });
  t.ok((await operator.metric('links_closed_total', 'too-many-frames')) >= 1, 'counted');

  const phone = await operator.device(await operator.user('bob'));
  const bobsUid = await operator.grant('bob', app.id);
  const got = new Set<string>();
  let missed = 0;
  const { id, secret: token } = phone;
  const device = createDevice({ url: `mqtt://127.0.0.1:${ports.mqttPort}`, id, token });
  const chat = device.app('chat', {
    onNotification: ({ text }) => void got.add(text.slice(0, 10)),
    onMissed: (count) => void (missed += count),
  });
  await device.start();
  await chat.registered();
  const server = await serverOf(app);
  const count = 3_000;
  const body = (number: number) => `${number}`.padEnd(10) + 'x'.repeat(1_000);
  const dropped = await growth('notifications_dropped_total', 'overflow', async () => {
    await Promise.all(Array.from({ length: count }, (_, number) => server.publishAsync(`notify/${bobsUid}`, body(number), { qos: 1 })));
  });
  await server.endAsync();
  // What waits for one app comes in the order of its ids, counts too: behind the newest there is nothing.
  await until('the newest has come', () => got.has(`${count - 1}`.padEnd(10)), 30_000);
  await device.stop();
  t.ok(got.size + missed >= count, `${got.size} came, ${missed} were told as missed: none is lost`);
  // Their sum has no small bound above: what is on its way is the oldest that waits, and is what is dropped next, so each share of
  // the window that comes during the flood may be counted as well. What was told has to be what was dropped, to the last one.
  t.equal(missed, dropped, 'each that was dropped was told once');
  const grown = residentMegabytes() - before;
  t.ok(grown < 150, `memory grew by ${grown.toFixed(0)} MB`);
});

await t.test('a slow reader costs a bounded share, and gets what the bound left when it reads again', async (t) => {
  const name = await operator.user('carol');
  const phone = await operator.device(name);
  const carolsUid = await operator.grant(name, app.id);
  const got: number[] = [];
  let missed = 0;
  const device = createDevice({ url: `mqtt://127.0.0.1:${ports.mqttPort}`, id: phone.id, token: phone.secret });
  const chat = device.app('chat', {
    onNotification: ({ text }) => void got.push(Number(text)),
    onMissed: (dropped) => void (missed += dropped),
  });
  await device.start();
  await chat.registered();
  await device.stop();
  const client = await linked(phone);
  client.stream.pause();
  const before = residentMegabytes();
  const count = 400;
  const server = await serverOf(app);
  for (let number = 0; number < count; number++) {
    await server.publishAsync(`notify/${carolsUid}?urgency=high`, `${number}`.padEnd(limits.payloadBytes), { qos: 1 });
  }
  await server.endAsync();
  const grown = residentMegabytes() - before;
  t.ok(grown < 60, `memory grew by ${grown.toFixed(0)} MB`);
  client.destroy();

  await device.start();
  await until('all are told', () => got.length + missed >= count);
  t.ok(got.length >= limits.waitingPerSubscription - 1, `${got.length} came, ${missed} were told as missed`);
  t.same(got, [...got].sort((a, b) => a - b), 'in order');
  t.equal(got.at(-1), count - 1, 'the newest among them');
  await device.stop();
});

await t.test('above its connections it lets nobody in, and says so in the metrics', async (t) => {
  const small = await startGateway(join(t.testdir(), 'data'), ['--max-connections', '3']);
  t.teardown(() => small.end('SIGKILL'));
  const clients = [];
  for (let number = 0; number < 3; number++) clients.push(await RawClient.connect(small.ports.mqttPort));
  const fourth = await RawClient.connect(small.ports.mqttPort);
  await fourth.closed;
  t.equal(await new Operator(small).metric('connections_refused_total', 'too-many-connections'), 1);
  for (const client of clients) client.destroy();
});

await t.test('a full disk: nothing is accepted, nothing accepted is lost, and it recovers by itself', async (t) => {
  const disk = smallDisk();
  t.teardown(() => disk.remove());
  const full = await startGateway(join(disk.folder, 'data'));
  t.teardown(() => full.end('SIGKILL'));
  const pid = full.child.pid ?? 0;
  const host = new Operator(full);
  const chat = await host.app('chat');
  const dave = await host.user('dave');
  const davesUid = await host.grant(dave, chat.id);
  const { id, secret: token } = await host.device(dave);
  const options = { url: `mqtt://127.0.0.1:${full.ports.mqttPort}`, id, token };
  const registering = createDevice(options);
  await Promise.all([registering.app('chat', { onNotification: () => undefined }).registered(), registering.start()]);
  await registering.stop();
  t.equal((await mosquittoPub(full.ports, chat, `notify/${davesUid}`, 'before')).code, 0);
  const ready = async () => (await fetch(`http://127.0.0.1:${full.ports.httpPort}/readyz`)).status;
  const publish = async (text: string) => {
    const response = await fetch(`http://127.0.0.1:${full.ports.httpPort}/v1/notify/${davesUid}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${chat.id}:${chat.secret}`).toString('base64')}` },
      body: text,
    });
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() as unknown };
  };

  disk.fill(pid);
  await until('the publish is refused', async () => (await publish('x'.repeat(4_000))).status === 503);
  t.match(await publish('refused'), { status: 503, retryAfter: /^\d+$/, body: { code: 'store-unavailable' } });
  await until('it is not ready', async () => (await ready()) === 503);
  const byMqtt = await mosquittoPub(full.ports, chat, `notify/${davesUid}`, 'refused', ['-V', 'mqttv311']);
  t.not(byMqtt.code, 0, 'no PUBACK');
  const command = await lowbeat(['user', 'add', 'erin', '--data', full.data]);
  t.match(command, { code: 1, stderr: /^lowbeat: .*\[store-unavailable\]\n$/ });
  t.ok(((await host.client.counts()).get('store_errors_total') ?? 0) > 0, 'counted');

  disk.free(pid);
  await until('it is ready again', async () => (await ready()) === 200, 40_000);
  t.match(await publish('after'), { status: 201 });
  const got: string[] = [];
  const device = createDevice(options);
  device.app('chat', { onNotification: ({ text }) => void got.push(text.trimEnd()) });
  await device.start();
  await until('the last has come', () => got.includes('after'));
  t.same([got.at(0), got.at(-1), got.includes('refused')], ['before', 'after', false]);
  await device.stop();
  t.match(await full.end('SIGTERM'), { code: 0 });
});

/** Of the gateway's process, as the kernel counts. */
function residentMegabytes(): number {
  const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
}
