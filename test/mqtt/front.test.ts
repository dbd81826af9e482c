// The one port: what comes before CONNECT, TLS, WebSocket, load balancers, bounds, and the end.

import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { connectAsync } from 'mqtt';
import t from 'tap';
import type { Test } from 'tap';
import { createWebSocketStream, WebSocket } from 'ws';

import { createPrng } from '../../src/core/prng.js';
import { selfSigned } from '../device/certificate.js';
import { seedOfRun } from '../gateway/seeded.js';
import { settled } from '../gateway/virtual-time.js';
import { connectPacket, RawClient } from './raw-client.js';
import { appCredentials, deviceCredentials, deviceId, run, setting, until, webSocketPort } from './setting.js';

const seed = seedOfRun();
t.comment(`LOWBEAT_SEED=${seed}`);

const proxyV1 = Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n');
const proxyV2 = Buffer.from([...Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), 0x21, 0x11, 0, 12, 192, 0, 2, 9, 10, 0, 0, 1, 0xdc, 4, 7, 0x5b]);

interface TlsClient extends RawClient {
  readonly secure: TLSSocket;
}

/** Whose certificate it is, nobody checks here. */
async function tlsClient(t: Test, port: number, options: { readonly session?: Buffer; readonly before?: Buffer } = {}): Promise<TlsClient> {
  const socket = tcpConnect(port, '127.0.0.1');
  if (options.before !== undefined) socket.write(options.before);
  const secure = tlsConnect({ socket, rejectUnauthorized: false, ...(options.session === undefined ? {} : { session: options.session }) });
  t.teardown(() => secure.destroy());
  await once(secure, 'secureConnect');
  return Object.assign(new RawClient(secure), { secure });
}

await t.test('before CONNECT', async (t) => {
  await t.test('it comes byte by byte', async (t) => {
    const { connect, gateway } = await setting(t);
    const client = await connect();
    for (const byte of connectPacket(deviceCredentials)) {
      client.send([byte]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    t.match(await client.next(), { cmd: 'connack', returnCode: 0 });
    t.equal(gateway.deviceLinks.length, 1);
  });

  for (const [what, reason, bytes] of [
    ['HTTP', 'not-mqtt', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a TLS hello on the plain port', 'bad-connect', Buffer.from([0x16, 3, 1, 2, 0, 1, 0])],
    ['another packet [MQTT-3.1.0-1]', 'not-mqtt', Buffer.from([0xc0, 0])],
    ['a CONNECT that is too large', 'connect-too-large', Buffer.concat([Buffer.from([0x10, 0x81, 0x08]), Buffer.alloc(2_000)])],
    ['a CONNECT of 256 MB', 'connect-too-large', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])],
    ['a CONNECT with flags [MQTT-3.1.2-3]', 'bad-connect', Buffer.from([0x10, 12, 0, 4, 77, 81, 84, 84, 4, 1, 0, 0, 0, 0])],
  ] as const) {
    await t.test(`${what} is closed without an answer [MQTT-3.1.4-1]`, async (t) => {
      const { connect, counts, front } = await setting(t);
      const client = await connect();
      client.send(bytes);
      await client.closed;
      t.same(client.received, []);
      t.equal(counts.of('connections_refused_total', reason), 1);
      await until(() => front.connections === 0);
    });
  }

  await t.test('random bytes never do more than end their connection', async (t) => {
    const { connect, front, gateway, device } = await setting(t);
    const random = createPrng(seed);
    const good = connectPacket({ ...deviceCredentials, keepalive: 3 });
    for (let round = 0; round < 150; round += 1) {
      const client = await connect();
      const bytes = Buffer.from(good);
      for (let change = 0; change < 2; change += 1) bytes[Math.floor(random.next() * 24)] = Math.floor(random.next() * 256);
      client.send(bytes.subarray(0, Math.ceil(random.next() * bytes.length)));
      client.stream.end();
      await client.closed;
    }
    await until(() => front.connections === 0);
    t.ok(gateway.deviceLinks.every((link) => link.isOver));
    const client = await device();
    await client.ping();
  });

  await t.test('whoever is slow is cut after the connect time, whatever trickles in', async (t) => {
    const { connect, counts, front, time } = await setting(t);
    const silent = await connect();
    const slow = await connect();
    const bytes = connectPacket(deviceCredentials);
    for (let second = 0; second < 10; second += 1) {
      slow.send(bytes.subarray(second, second + 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      await time.advance(990);
    }
    t.equal(front.connections, 2);
    await time.advance(300);
    await Promise.all([silent.closed, slow.closed]);
    t.equal(counts.of('connections_refused_total', 'connect-timeout'), 2);
    await until(() => front.connections === 0);
  });

  await t.test('whoever goes again is counted', async (t) => {
    const { connect, counts, front } = await setting(t);
    (await connect()).stream.end();
    await until(() => front.connections === 0 && counts.of('connections_refused_total', 'closed-early') === 1);
  });

  await t.test('above the bound of connections they are refused, and taken again when others have gone', async (t) => {
    const { connect, counts, front, device } = await setting(t, { limits: { connections: 3 } });
    const first = await device();
    await connect();
    await connect();
    await until(() => front.connections === 3);
    const fourth = await connect();
    await fourth.closed;
    t.equal(counts.of('connections_refused_total', 'too-many-connections'), 1);
    await first.ping();
    first.destroy();
    await until(() => front.connections === 2);
    const fifth = await device();
    await fifth.ping();
  });
});

await t.test('behind a load balancer', async (t) => {
  for (const [what, header, address] of [
    ['version 1', proxyV1, '192.0.2.7'],
    ['version 2', proxyV2, '192.0.2.9'],
    ['version 1, UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), '127.0.0.1'],
  ] as const) {
    await t.test(`${what}: the address is the client's, for devices and apps, in one chunk or byte by byte`, async (t) => {
      const { connect, gateway } = await setting(t, { proxyProtocol: true });
      const whole = await connect();
      whole.send(header, connectPacket(deviceCredentials), [0xc0, 0]);
      t.match(await whole.next(), { cmd: 'connack', returnCode: 0 });
      t.match(await whole.next(), { cmd: 'pingresp' });
      t.equal(gateway.link().connection.address, address);
      const cut = await connect();
      for (const byte of Buffer.concat([header, connectPacket(appCredentials)])) {
        cut.send([byte]);
        await new Promise((resolve) => setImmediate(resolve));
      }
      t.match(await cut.next(), { cmd: 'connack', returnCode: 0 });
      t.equal(gateway.appLink().connection.address, address);
    });
  }

  await t.test('without a header, or with half of one, it is closed', async (t) => {
    const { connect, counts, time, front } = await setting(t, { proxyProtocol: true });
    const none = await connect();
    none.send(connectPacket(deviceCredentials));
    await none.closed;
    t.equal(counts.of('connections_refused_total', 'proxy-header'), 1);
    const half = await connect();
    half.send(proxyV2.subarray(0, 20));
    await until(() => front.connections === 1);
    await time.advance(10_200);
    await half.closed;
    t.equal(counts.of('connections_refused_total', 'connect-timeout'), 1);
    const early = await connect();
    early.send(proxyV1.subarray(0, 5));
    early.stream.end();
    await until(() => counts.of('connections_refused_total', 'closed-early') === 1);
  });

  await t.test('a header where none is expected is no MQTT', async (t) => {
    const { connect, counts } = await setting(t);
    const client = await connect();
    client.send(proxyV1, connectPacket(deviceCredentials));
    await client.closed;
    t.equal(counts.of('connections_refused_total', 'not-mqtt'), 1);
  });

  await t.test('in front of TLS', async (t) => {
    const { front, gateway } = await setting(t, { proxyProtocol: true });
    const { port } = await front.listenTls({ port: 0, host: '127.0.0.1', ...selfSigned() });
    for (const header of [proxyV1, proxyV2]) {
      const client = await tlsClient(t, port, { before: header });
      t.equal(await client.hello(deviceCredentials), 0);
      t.match(gateway.link().connection.address, /^192\.0\.2\.[79]$/);
      client.send({ cmd: 'publish', topic: 'u', payload: Buffer.alloc(16_000, 1), qos: 1, messageId: 3, dup: false, retain: false });
      t.match(await client.next(), { cmd: 'puback', messageId: 3 });
    }
  });
});

await t.test('TLS', async (t) => {
  const first = selfSigned();
  const second = selfSigned();

  await t.test('serves devices and app servers, and mosquitto_pub', async (t) => {
    const { front, gateway } = await setting(t);
    const { port } = await front.listenTls({ port: 0, host: '127.0.0.1', ...first });
    const device = await tlsClient(t, port);
    t.equal(await device.hello(deviceCredentials), 0);
    gateway.link().connection.send(Buffer.alloc(16_000, 3), []);
    t.match(await device.next(), { cmd: 'publish', topic: 'd' });
    t.equal(gateway.link().connection.address, '127.0.0.1');
    const app = await tlsClient(t, port);
    t.equal(await app.hello(appCredentials), 0);
    await app.ping();
    t.equal(gateway.appLink().connection.address, '127.0.0.1');
    gateway.link().connection.send(Buffer.from('close'), []);
    gateway.link().connection.close();
    t.match(await device.next(), { cmd: 'publish', payload: Buffer.from('close') });
    await device.closed;

    const folder = t.testdir({ 'ca.pem': first.cert });
    t.match(await run('mosquitto_pub', ['-h', 'localhost', '-p', String(port), '--cafile', `${folder}/ca.pem`, '-u', deviceId, '-P', 'token', '-t', 'u', '-q', '1', '-m', 'hi']), { code: 0, errors: '' });
    t.same(gateway.link().frames, ['hi']);
  });

  await t.test('takes a new certificate while it runs; what is connected stays, sessions are resumed', async (t) => {
    const { front } = await setting(t);
    const { port } = await front.listenTls({ port: 0, host: '127.0.0.1', ...first });
    const before = await tlsClient(t, port);
    const session = once(before.stream, 'session') as Promise<[Buffer]>;
    await before.hello(deviceCredentials);
    const certificateOf = (client: TlsClient): string => client.secure.getPeerX509Certificate()?.toString() ?? '';
    t.equal(certificateOf(before).trim(), first.cert.trim());
    front.reloadTls(second);
    t.throws(() => front.reloadTls({ cert: 'no certificate', key: 'no key' }), 'a bad one is refused');
    const after = await tlsClient(t, port);
    t.equal(certificateOf(after).trim(), second.cert.trim(), 'and the last good one stays');
    await before.ping();
    const resumed = await tlsClient(t, port, { session: (await session)[0] });
    t.equal(resumed.secure.isSessionReused(), true);
    t.equal(await resumed.hello(appCredentials), 0);
  });

  await t.test('a client that speaks no TLS, or stops halfway, is ended and counted', async (t) => {
    const { front, counts, time } = await setting(t);
    const { port } = await front.listenTls({ port: 0, host: '127.0.0.1', ...first });
    const plain = await RawClient.connect(port);
    t.teardown(() => plain.destroy());
    plain.stream.removeAllListeners('data');
    plain.stream.resume();
    plain.send(connectPacket(deviceCredentials));
    await plain.closed;
    t.equal(counts.of('connections_refused_total', 'closed-early'), 1);
    const silent = await RawClient.connect(port);
    t.teardown(() => silent.destroy());
    await until(() => front.connections === 1);
    await time.advance(10_200);
    await time.advance(3_200);
    await until(() => front.connections === 0);
    t.equal(counts.of('connections_refused_total', 'connect-timeout'), 1);
  });
});

await t.test('WebSocket', async (t) => {
  const open = async (t: Test, port: number): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt');
    t.teardown(() => socket.terminate());
    await once(socket, 'open');
    return socket;
  };

  await t.test('carries a device and an app; packets need not match messages [MQTT-6.0.0-2]', async (t) => {
    const { front, gateway, counts } = await setting(t);
    const port = await webSocketPort(t, front);
    const client = new RawClient(createWebSocketStream(await open(t, port)));
    for (const byte of connectPacket(deviceCredentials)) client.send([byte]);
    t.match(await client.next(), { cmd: 'connack', returnCode: 0 });
    t.match(gateway.link().connection.address, /127\.0\.0\.1$/);
    client.send({ cmd: 'publish', topic: 'u', payload: 'a', qos: 1, messageId: 3, dup: false, retain: false }, [0xc0, 0]);
    t.match(await client.next(), { cmd: 'puback', messageId: 3 });
    t.match(await client.next(), { cmd: 'pingresp' });
    gateway.link().connection.send(Buffer.from('close'), []);
    gateway.link().connection.close();
    t.match(await client.next(), { cmd: 'publish', payload: Buffer.from('close') });
    await until(() => gateway.link().isOver && front.connections === 0);

    const app = await connectAsync({ protocol: 'ws', hostname: '127.0.0.1', port, path: '/mqtt', username: appCredentials.username, password: 'secret', clientId: 'w', reconnectPeriod: 0 });
    await app.publishAsync('notify/uid_00000000000000000000000001', 'over ws', { qos: 1 });
    t.equal(gateway.publishes.length, 1);
    await app.endAsync();
    await until(() => gateway.appLink().isOver && front.connections === 0);
    t.equal(counts.of('connections_accepted_total', 'app'), 1);
  });

  await t.test('a text message closes it [MQTT-6.0.0-1]', async (t) => {
    const { front, gateway } = await setting(t);
    const port = await webSocketPort(t, front);
    const socket = await open(t, port);
    const client = new RawClient(createWebSocketStream(socket));
    t.equal(await client.hello(deviceCredentials), 0);
    socket.send('text', { binary: false });
    await until(() => gateway.link().isOver && front.connections === 0);
    t.same(gateway.link().events, ['closed lost']);
  });

  await t.test('whoever goes, goes once; whoever is slow is cut', async (t) => {
    const { front, gateway, time, counts } = await setting(t);
    const port = await webSocketPort(t, front);
    const polite = await open(t, port);
    await new RawClient(createWebSocketStream(polite)).hello(deviceCredentials);
    polite.close();
    await until(() => front.connections === 0);
    const rude = await open(t, port);
    await new RawClient(createWebSocketStream(rude)).hello(deviceCredentials);
    rude.terminate();
    await until(() => front.connections === 0);
    t.same(gateway.deviceLinks.map(({ events }) => events), [['closed lost'], ['closed lost']]);
    const silent = await open(t, port);
    const closed = once(silent, 'close');
    await until(() => front.connections === 1);
    await time.advance(10_200);
    await time.advance(3_200);
    await closed;
    t.equal(counts.of('connections_refused_total', 'connect-timeout'), 1);
    await until(() => front.connections === 0);
  });
});

await t.test('stopping', async (t) => {
  await t.test('first takes no more, then ends everything in an orderly way', async (t) => {
    const { front, gateway, device, app, connect, port } = await setting(t);
    const linked = await device();
    const server = await app();
    const opening = await connect();
    await until(() => front.connections === 3);
    front.stopAccepting();
    await linked.ping();
    await server.ping();
    t.equal(await opening.hello({ ...deviceCredentials, clientId: '' }), 3, 'CONNECT is answered with code 3');
    await t.rejects(RawClient.connect(port), { code: 'ECONNREFUSED' });
    gateway.link().connection.send(Buffer.from('come back later'), []);
    const stopped = front.stop();
    t.match(await linked.next(), { cmd: 'publish', payload: Buffer.from('come back later') });
    await Promise.all([linked.closed, server.closed, stopped]);
    t.equal(front.connections, 0);
    t.same([gateway.link().events.at(-1), gateway.appLink().events.at(-1)], ['closed lost', 'closed']);
    await front.stop();
  });

  await t.test('is bounded, whatever hangs', async (t) => {
    const { front, gateway, device, connect } = await setting(t);
    const stuck = await device();
    stuck.stream.pause();
    while (gateway.link().connection.send(Buffer.alloc(16_000), [])) await settled(1);
    gateway.whileAuthenticating = () => new Promise(() => undefined);
    const hanging = await connect();
    hanging.send(connectPacket(deviceCredentials));
    await until(() => front.connections === 2);
    await front.stop({ withinMs: 50 });
    t.equal(front.connections, 0);
  });

  await t.test('an address that cannot be had is an error', async (t) => {
    const { front, port } = await setting(t);
    await t.rejects(front.listenTcp({ port, host: '127.0.0.1' }), { code: 'EADDRINUSE' });
  });
});
