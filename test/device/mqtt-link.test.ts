import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

import t from 'tap';
import type { Test } from 'tap';

import { publishBytes } from '../../src/core/frame-size.js';
import { limits } from '../../src/core/limits.js';
import { systemTimer } from '../../src/device/clock.js';
import { parseGatewayUrl } from '../../src/device/gateway-url.js';
import { MqttLink } from '../../src/device/mqtt-link.js';
import type { MqttLinkOptions } from '../../src/device/mqtt-link.js';
import { encodeUpFrame } from '../../src/wire/link-codec.js';
import { selfSigned } from './certificate.js';
import { Proxy } from './proxy.js';
import { ScriptedGateway } from './scripted-gateway.js';
import { VirtualTime } from './virtual-time.js';

type LinkEvent = readonly [name: string, ...details: unknown[]];

/** A link whose events are read one by one. */
function open(url: string, options: Partial<MqttLinkOptions> = {}): { readonly link: MqttLink; readonly event: () => Promise<LinkEvent>; readonly events: readonly LinkEvent[] } {
  const events: LinkEvent[] = [];
  let wake: (() => void) | undefined;
  function put(...event: LinkEvent): void {
    events.push(event);
    wake?.();
  }
  const link = new MqttLink({
    url: parseGatewayUrl(url), id: 'dev_1', token: 'secret', connectMs: 5_000, timer: systemTimer,
    ...options,
    events: {
      connected: () => put('connected'),
      connectFailed: (failure, cause) => put('failed', failure, cause.message),
      disconnected: (end) => put('disconnected', end),
      frame: (payload, bytes) => put('frame', [...payload], bytes),
      answered: (token, bytes) => put('answered', token, bytes),
    },
  });
  return {
    link, events,
    async event() {
      while (events.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
      return events.shift()!;
    },
  };
}

async function listen(t: Test, options?: Parameters<typeof ScriptedGateway.listen>[0]): Promise<ScriptedGateway> {
  const gateway = await ScriptedGateway.listen(options);
  t.teardown(() => gateway.close());
  return gateway;
}

async function listenPlainly(t: Test, accept: (socket: Socket) => void): Promise<number> {
  const server = createServer(accept).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const beat = encodeUpFrame({ heartbeat: { presence: 'online', power: 'unknown', network: 'wifi', promiseSeconds: 240 } });
const certificate = selfSigned();

for (const [name, scheme, options] of [
  ['TCP', 'mqtt', {}],
  ['TLS', 'mqtts', { tls: certificate }],
  ['WebSocket', 'ws', { webSocket: true }],
] as const) {
  await t.test(`a link over ${name}`, async (t) => {
    const gateway = await listen(t, options);
    gateway.answering = false;
    const { link, event, events } = open(`${scheme}://localhost:${gateway.port}`, { ca: certificate.cert });
    t.same(await event(), ['connected']);
    const connection = await gateway.connection();
    t.match(connection.connect, {
      clientId: 'dev_1', username: 'dev_1', password: Buffer.from('secret'), keepalive: 0, clean: true, protocolVersion: 4,
    });

    link.send(beat, 7);
    const { packetId, heartbeat } = await connection.frame();
    t.equal(heartbeat?.promiseSeconds, 240);
    connection.sendBytes(new Uint8Array([1, 2, 3]));
    t.same(await event(), ['frame', [1, 2, 3], 8], 'a PUBLISH needs no SUBSCRIBE');
    connection.answer(packetId);
    t.same(await event(), ['answered', 7, 4]);

    connection.sendBytes(new Uint8Array([1]), 'elsewhere');
    connection.sendBytes(new Uint8Array(limits.frameBytes));
    const [, , bytes] = await event();
    t.equal(bytes, 1 + 3 + 3 + limits.frameBytes, 'only topic d counts, and frames of any size come whole');

    link.send(beat, undefined);
    t.equal((await connection.frame()).packetId, 0, 'QoS 0 where no answer is asked for');
    link.send(beat, 8);
    await connection.frame();
    await link.close(true);
    t.equal((await connection.event()).type, 'goodbye', 'a goodbye does not wait for answers');
    t.same(events, []);
  });
}

await t.test('a frame takes on the wire what the core counts', async (t) => {
  const gateway = await listen(t);
  const { link, event } = open(`mqtt://localhost:${gateway.port}`);
  await event();
  const connection = await gateway.connection();
  const before = (connection.socket as unknown as { readonly bytesRead: number }).bytesRead;
  link.send(beat, 1);
  await connection.frame();
  t.equal((connection.socket as unknown as { readonly bytesRead: number }).bytesRead - before, publishBytes(beat.length, 1));
  await link.close(false);
});

await t.test('refusals', async (t) => {
  const gateway = await listen(t);
  for (const [returnCode, failure] of [[1, 'failed'], [2, 'refused'], [3, 'unavailable'], [4, 'refused'], [5, 'refused']] as const) {
    gateway.returnCode = returnCode;
    const { event } = open(`mqtt://localhost:${gateway.port}`);
    t.match(await event(), ['failed', failure, /refused/], `return code ${returnCode}`);
  }
});

await t.test('attempts that fail', async (t) => {
  const closed = await ScriptedGateway.listen();
  const { port } = closed;
  await closed.close();
  t.match(await open(`mqtt://localhost:${port}`).event(), ['failed', 'failed', /ECONNREFUSED|^$/], 'nobody listens');

  const tls = await listen(t, { tls: certificate });
  t.match(await open(`mqtts://localhost:${tls.port}`).event(), ['failed', 'failed', /self-signed|certificate/], 'a certificate that nobody vouches for');

  const silentPort = await listenPlainly(t, () => undefined);
  const waiting = open(`mqtt://127.0.0.1:${silentPort}`, { connectMs: 50 });
  t.match(await waiting.event(), ['failed', 'failed', /timeout/], 'a server that does not answer');

  const leavingPort = await listenPlainly(t, (socket) => socket.end());
  t.match(await open(`mqtt://127.0.0.1:${leavingPort}`).event(), ['failed', 'failed', /closed/], 'a server that hangs up');

  const attempt = open(`mqtt://127.0.0.1:${silentPort}`);
  await attempt.link.close(true);
  t.same(attempt.events, [], 'an attempt that is given up tells nothing');
});

await t.test('how a link ends', async (t) => {
  for (const [scheme, options, polite] of [['mqtt', {}, 'closed-by-gateway'], ['ws', { webSocket: true }, 'reset']] as const) {
    const gateway = await listen(t, options);
    const proxy = await Proxy.listen(gateway.port);
    t.teardown(() => proxy.close());

    const first = open(`${scheme}://localhost:${proxy.port}`);
    t.same(await first.event(), ['connected']);
    proxy.cut();
    t.same(await first.event(), ['disconnected', 'reset'], `${scheme}: reset`);

    const second = open(`${scheme}://localhost:${gateway.port}`);
    t.same(await second.event(), ['connected']);
    await gateway.connection();
    (await gateway.connection()).socket.end();
    t.same(await second.event(), ['disconnected', polite], `${scheme}: closed`);
    second.link.send(beat, 1);
    await second.link.close(true);
    t.same(second.events, [], 'nothing follows');
  }
});

await t.test('a peer that speaks no MQTT', async (t) => {
  const gateway = await listen(t);
  const { event } = open(`mqtt://localhost:${gateway.port}`);
  await event();
  (await gateway.connection()).socket.write(Buffer.from([0xf7, 0x05, 1, 2, 3, 4, 5]));
  t.same(await event(), ['disconnected', 'reset']);
});

await t.test('a packet without an end is not collected for ever', async (t) => {
  const gateway = await listen(t);
  const { event } = open(`mqtt://localhost:${gateway.port}`);
  await event();
  const { socket } = await gateway.connection();
  // A PUBLISH that claims the largest remaining length there is. [MQTT-2.2.3]
  socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x64]));
  const chunk = Buffer.alloc(16_384);
  const flood = setInterval(() => { if (!socket.destroyed) socket.write(chunk); }, 1);
  t.same((await event())[0], 'disconnected');
  clearInterval(flood);
  t.ok((socket as unknown as { readonly bytesWritten: number }).bytesWritten < 4 * limits.deviceReadBytes);
});

await t.test('a goodbye to a peer that is gone is over in bounded time', async (t) => {
  const gateway = await listen(t);
  const proxy = await Proxy.listen(gateway.port);
  t.teardown(() => proxy.close());
  const time = new VirtualTime();
  const { link, event } = open(`mqtt://localhost:${proxy.port}`, { timer: time });
  await event();
  proxy.swallow();
  const closed = link.close(true);
  await new Promise((resolve) => setImmediate(resolve));
  time.advance(2_000);
  await closed;
  t.pass('closed');
});
