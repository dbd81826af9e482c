// A clean stop: what is under way ends, devices are told when to come back and spread out, and it takes bounded time.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { connectAsync } from 'mqtt';
import t from 'tap';

import { limits } from '../../src/core/limits.js';
import { createDevice } from '../../src/device/index.js';
import { decodeDownFrame } from '../../src/wire/link-codec.js';
import { Operator, until } from '../cli/cast.js';
import type { Credentials, RunningGateway } from '../cli/cast.js';
import { GatewayProcess, startGateway } from '../cli/processes.js';
import { connectPacket, RawClient } from '../mqtt/raw-client.js';

t.setTimeout(120_000);

await t.test('it drains: all that had a PUBACK is kept, and each device learns when to come back', async (t) => {
  const data = join(t.testdir(), 'data');
  const gateway = await startGateway(data);
  t.teardown(() => gateway.end('SIGKILL'));
  const operator = new Operator(gateway);
  const app = await operator.app('chat');
  const user = await operator.user('alice');
  const uid = await operator.grant(user, app.id);

  // Conditions: a phone that is away, a real one, and a crowd of plain ones.
  const away = await operator.device(user);
  await registerOnce(gateway, away);
  const crowdUser = await operator.user('bob');
  const crowd = await Promise.all(Array.from({ length: 24 }, async () => {
    const client = await RawClient.connect(gateway.ports.mqttPort);
    await hello(client, await operator.device(crowdUser));
    return client;
  }));
  const { id, secret: token } = await operator.device(crowdUser);
  const real = createDevice({ url: `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, id, token });
  real.app('chat', { onNotification: () => undefined });
  await real.start();
  t.teardown(() => real.stop());
  await until('all are linked', async () => (await operator.metric('links')) === crowd.length + 1);
  const server = await connectAsync(`mqtt://127.0.0.1:${gateway.ports.mqttPort}`, {
    username: app.id, password: app.secret, reconnectPeriod: 0,
  });
  server.on('error', () => undefined);

  // Run: stop in the middle of a burst.
  let accepted = 0;
  for (let number = 0; number < 60; number++) {
    server.publish(`notify/${uid}`, `number ${number}`, { qos: 1 }, (error) => {
      if (!error) accepted += 1;
    });
  }
  await until('some are accepted', () => accepted > 0);
  const askedAtMs = Date.now();
  const { code, stderr } = await gateway.end('SIGTERM');
  const tookMs = Date.now() - askedAtMs;

  // Check.
  t.match({ code, stderr }, { code: 0, stderr: '' });
  t.ok(tookMs < limits.stopMs, `it took ${tookMs} ms`);
  const notBefore: number[] = [];
  for (const client of crowd) {
    await client.closed;
    const packet = await client.next();
    if (packet?.cmd !== 'publish') throw new Error('a close was due');
    const frame = decodeDownFrame(packet.payload as Buffer);
    t.match(frame, { ok: true, frame: { close: { reason: 'shutting-down' } } });
    if (frame.ok) notBefore.push(frame.frame.close?.notBeforeSeconds ?? 0);
  }
  t.ok(notBefore.every((seconds) => seconds >= 1 && seconds <= 60), `not before: ${notBefore.join(', ')} s`);
  t.ok(new Set(notBefore).size > 1, 'they are spread out');
  t.match(real.status, { state: 'waiting' });
  await server.endAsync(true);

  const again = await startGateway(data);
  t.teardown(() => again.end('SIGKILL'));
  t.ok((await new Operator(again).waiting()) >= accepted, `${accepted} were accepted, and wait`);
});

await t.test('it ends in bounded time whatever hangs, and says meanwhile that it is stopping', async (t) => {
  const { gateway, hanging } = await gatewayWithHangingClients(join(t.testdir(), 'data'));
  t.teardown(() => gateway.end('SIGKILL'));
  const url = `http://127.0.0.1:${gateway.ports.httpPort}`;
  const askedAtMs = Date.now();
  gateway.child.kill('SIGTERM');
  await gateway.line((line) => line.includes('"stopping"'));
  const ready = await fetch(`${url}/readyz`);
  t.match([ready.status, await ready.json()], [503, { status: 'not-ready', reasons: ['stopping'] }]);
  t.equal((await fetch(`${url}/healthz`)).status, 200);
  await t.rejects(RawClient.connect(gateway.ports.mqttPort), 'nobody new is let in');
  const { code } = await gateway.ended();
  const tookMs = Date.now() - askedAtMs;
  t.equal(code, 0);
  t.ok(tookMs < limits.stopMs, `it took ${tookMs} ms`);
  for (const socket of hanging) socket.destroy();
});

await t.test('a second signal ends it at once, and nothing is lost', async (t) => {
  const data = join(t.testdir(), 'data');
  const { gateway, hanging } = await gatewayWithHangingClients(data);
  gateway.child.kill('SIGTERM');
  await gateway.line((line) => line.includes('"stopping"'));
  const waited = await new Operator(gateway).waiting();
  t.match(await gateway.end('SIGINT'), { code: 130 });
  for (const socket of hanging) socket.destroy();
  const again = await startGateway(data);
  t.teardown(() => again.end('SIGKILL'));
  t.equal(await new Operator(again).waiting(), waited);
});

await t.test('a signal while it starts stops it cleanly, too', async (t) => {
  const data = join(t.testdir(), 'data');
  const gateway = new GatewayProcess(data);
  await until('it has begun', () => existsSync(data));
  const { code, stdout } = await gateway.end('SIGTERM');
  t.equal(code, 0);
  t.match(stdout.split('\n').at(-1), /"stopped"/);
  t.notOk(existsSync(join(data, 'gateway.json')));
});

async function hello(client: RawClient, { id, secret }: Credentials): Promise<void> {
  const code = await client.hello({ clientId: id, username: id, password: Buffer.from(secret) });
  if (code !== 0) throw new Error(`CONNACK ${code}`);
}

/** So that the app is known on the device. */
async function registerOnce(gateway: RunningGateway, { id, secret: token }: Credentials): Promise<void> {
  const device = createDevice({ url: `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, id, token });
  const app = device.app('chat', { onNotification: () => undefined });
  await device.start();
  await app.registered();
  await device.stop();
}

/** One that never ends its CONNECT, and a device that stopped reading while much was sent to it. */
async function gatewayWithHangingClients(data: string): Promise<{ gateway: RunningGateway; hanging: Socket[] }> {
  const gateway = await startGateway(data);
  const operator = new Operator(gateway);
  const app = await operator.app('chat');
  const user = await operator.user('alice');
  const uid = await operator.grant(user, app.id);
  const device = await operator.device(user);
  const open = async (bytes: Buffer): Promise<Socket> => {
    const socket = connect({ port: gateway.ports.mqttPort, host: '127.0.0.1' });
    // The gateway ends it in its own way.
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  };
  const packet = connectPacket({ clientId: device.id, username: device.id, password: Buffer.from(device.secret) });
  const slow = await open(Buffer.concat([packet, Buffer.from([0x82, 6, 0, 1, 0, 1, 0x64, 0])]));
  await until('the device is linked', async () => (await operator.metric('links')) === 1);
  slow.pause();
  const half = await open(packet.subarray(0, 5));
  const server = await connectAsync(`mqtt://127.0.0.1:${gateway.ports.mqttPort}`, {
    username: app.id, password: app.secret, reconnectPeriod: 0,
  });
  server.on('error', () => undefined);
  const payload = Buffer.alloc(limits.payloadBytes, 'x');
  await Promise.all(Array.from({ length: 90 }, () => server.publishAsync(`notify/${uid}`, payload, { qos: 1 })));
  await server.endAsync(true);
  return { gateway, hanging: [slow, half] };
}
