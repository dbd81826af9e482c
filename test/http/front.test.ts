import type { FastifyInstance } from 'fastify';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import t from 'tap';
import type { Test } from 'tap';
import { WebSocket } from 'ws';

import { limits } from '../../src/core/limits.js';
import { hashSecret } from '../../src/gateway/secrets.js';
import { createHttpApp } from '../../src/http/app.js';
import { HttpFront } from '../../src/http/front.js';
import type { HttpFrontOptions } from '../../src/http/front.js';
import { createPrometheusMetrics } from '../../src/http/metrics.js';
import { noLog } from '../../src/ports/log.js';
import { selfSigned } from '../device/certificate.js';
import { createWorld } from '../gateway/world.js';
import { soon } from './push/push-world.js';

const host = '127.0.0.1';

async function setUp(t: Test, bounds: HttpFrontOptions['limits'] = {}): Promise<{ readonly front: HttpFront; readonly sockets: WebSocket[]; readonly app: FastifyInstance }> {
  const world = await createWorld();
  const app = await createHttpApp({
    gateway: world.gateway,
    operations: world.gateway,
    scrape: createPrometheusMetrics({}).scrape,
    log: noLog,
    adminTokenHash: hashSecret('admin'),
    backup: async function* () {},
    version: '1.2.3',
    listening: () => [],
  });
  const sockets: WebSocket[] = [];
  const front = new HttpFront({ app, log: noLog, limits: bounds, onMqttSocket: (socket) => sockets.push(socket) });
  t.teardown(() => front.close(100));
  return { front, sockets, app };
}

function get(url: string, send: typeof httpRequest = httpRequest, options: object = {}): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = send(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

/** How the upgrade ended: 'open', or the status it was refused with. */
function upgrade(url: string, protocols: readonly string[]): Promise<{ readonly socket: WebSocket; readonly outcome: string }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, [...protocols]);
    socket.on('open', () => resolve({ socket, outcome: 'open' }));
    socket.on('unexpected-response', (_request, response) => {
      resolve({ socket, outcome: String(response.statusCode) });
      response.resume();
    });
    socket.on('error', () => undefined);
  });
}

await t.test('it serves HTTP on a port it picks', async (t) => {
  const { front } = await setUp(t);
  const { port } = await front.listen({ port: 0, host });
  t.ok(port > 0);
  t.same(await get(`http://${host}:${port}/healthz`), { status: 200, body: '{"status":"ok"}' });
  await t.rejects(front.listen({ port, host }), { code: 'EADDRINUSE' });
});

await t.test('it serves HTTPS, and takes a new certificate for new connections', async (t) => {
  const { front } = await setUp(t);
  const [first, second] = [selfSigned(), selfSigned()];
  const listener = await front.listen({ port: 0, host, tls: { cert: first.cert, key: first.key } });
  const url = `https://localhost:${listener.port}/healthz`;
  const trusting = (ca: string | Buffer) => get(url, httpsRequest, { ca, agent: false, family: 4 });
  t.match(await trusting(first.cert), { status: 200 });
  listener.useCertificate({ cert: second.cert, key: second.key });
  t.match(await trusting(second.cert), { status: 200 });
  await t.rejects(trusting(first.cert), 'the first is no longer shown');
});

await t.test('a WebSocket with subprotocol mqtt is handed over, another is refused', async (t) => {
  const { front, sockets } = await setUp(t);
  const { port } = await front.listen({ port: 0, host });
  const { socket, outcome } = await upgrade(`ws://${host}:${port}/mqtt`, ['other', 'mqtt']);
  t.equal(outcome, 'open');
  t.equal(socket.protocol, 'mqtt', '[MQTT-6.0.0-4]');
  t.equal(sockets.length, 1);
  const echoed = new Promise((resolve) => sockets[0]!.once('message', (data: Buffer) => resolve(data.toString())));
  socket.send(Buffer.from('hello'));
  t.equal(await echoed, 'hello');
  const closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
  sockets[0]!.on('error', () => undefined);
  socket.send(Buffer.alloc(Math.max(limits.appPacketBytes, limits.devicePacketBytes) + 1));
  t.equal(await closed, 1009, 'a message above the bound ends it');
  t.equal((await upgrade(`ws://${host}:${port}/mqtt`, [])).outcome, '400');
  t.equal((await upgrade(`ws://${host}:${port}/mqtt`, ['mqttv3.1'])).outcome, '400');
  t.equal((await upgrade(`ws://${host}:${port}/other`, ['mqtt'])).outcome, '404');
  t.equal(sockets.length, 1);
});

await t.test('a connection that became a WebSocket takes no place among those of HTTP', async (t) => {
  const { front, sockets } = await setUp(t, { httpConnectionsPerAddress: 1 });
  const { cert, key } = selfSigned();
  const plain = await front.listen({ port: 0, host });
  const secure = await front.listen({ port: 0, host, tls: { cert, key } });
  for (const url of [`ws://${host}:${plain.port}/mqtt`, `wss://${host}:${secure.port}/mqtt`]) {
    const socket = new WebSocket(url, ['mqtt'], { rejectUnauthorized: false });
    await new Promise((resolve) => socket.once('open', resolve));
    t.equal(front.connections, 0);
    t.match(await get(`http://${host}:${plain.port}/healthz`, httpRequest, { agent: false }), { status: 200 });
    await soon('the request has left', () => front.connections === 0);
    socket.terminate();
  }
  t.equal(sockets.length, 2);
});

await t.test('a request that is no HTTP is answered and closed', async (t) => {
  const { front } = await setUp(t);
  const { port } = await front.listen({ port: 0, host });
  const said = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let heard = '';
      const socket = connect({ port, host }, () => socket.write(bytes));
      socket.on('data', (chunk) => (heard += chunk.toString()));
      socket.on('close', () => resolve(heard));
      socket.on('error', () => undefined);
    });
  t.match(await said('nonsense\r\n\r\n'), /^HTTP\/1\.1 400/);
  t.match(await said(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431/);
});

await t.test('closing ends in bounded time, whatever still hangs', async (t) => {
  const { front } = await setUp(t);
  const { port } = await front.listen({ port: 0, host });
  const { socket } = await upgrade(`ws://${host}:${port}/mqtt`, ['mqtt']);
  const silent = connect({ port, host });
  silent.on('error', () => undefined);
  await new Promise((resolve) => silent.once('connect', resolve));
  await front.close(50);
  await t.rejects(get(`http://${host}:${port}/healthz`));
  socket.terminate();
  silent.destroy();
});
