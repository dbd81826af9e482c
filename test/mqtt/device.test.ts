// A device on real sockets: hand-written bytes, the mqtt package, and the mosquitto programs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { connectAsync } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import t from 'tap';

import { createPrng } from '../../src/core/prng.js';
import { StoreError } from '../../src/ports/store.js';
import { seedOfRun } from '../gateway/seeded.js';
import { settled } from '../gateway/virtual-time.js';
import type { RawClient } from './raw-client.js';
import type { FakeGateway } from './fake-gateway.js';
import { deviceCredentials, deviceId, run, setting, until } from './setting.js';

const seed = seedOfRun();
t.comment(`LOWBEAT_SEED=${seed}`);

function frameUp(text: string, packetId = 0): Packet {
  return packetId === 0
    ? { cmd: 'publish', topic: 'u', payload: text, qos: 0, dup: false, retain: false }
    : { cmd: 'publish', topic: 'u', payload: text, qos: 1, messageId: packetId, dup: false, retain: false };
}

const subscribe = (qos: 0 | 1 | 2, ...topics: readonly string[]): Packet =>
  ({ cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos })) });

await t.test('CONNECT of a device', async (t) => {
  await t.test('with its credentials is accepted; no session is present [MQTT-3.2.2-3]', async (t) => {
    const { connect, gateway, counts } = await setting(t);
    for (const clean of [true, false]) {
      const client = await connect();
      t.equal(await client.hello({ ...deviceCredentials, clean }), 0);
      t.same(Buffer.concat(client.received), Buffer.from([0x20, 2, 0, 0]));
    }
    t.equal(gateway.deviceLinks.length, 2);
    t.equal(counts.of('connections_accepted_total', 'device'), 2);
  });

  await t.test('with an empty client id is given its device id [MQTT-3.1.3-6]', async (t) => {
    const { connect } = await setting(t);
    const client = await connect();
    t.equal(await client.hello({ ...deviceCredentials, clientId: '' }), 0);
  });

  for (const [what, fields, returnCode, reason] of [
    ['another client id', { clientId: 'phone' }, 2, 'client-id'],
    ['a wrong token', { password: Buffer.from('guess') }, 5, 'credentials'],
    ['an unknown id', { clientId: 'dev_2', username: 'dev_2' }, 5, 'credentials'],
    ['no token', { password: undefined as unknown as Buffer }, 4, 'credentials'],
    ['no user name', { username: undefined as unknown as string, password: undefined as unknown as Buffer }, 4, 'credentials'],
    ['a will [MQTT-3.1.2-8]', { will: { topic: 'u', payload: Buffer.from('x'), qos: 0 as const, retain: false } }, 5, 'will'],
    ['MQTT 5 [MQTT-3.1.2-2]', { protocolVersion: 5 as const }, 1, 'protocol-version'],
  ] as const) {
    await t.test(`with ${what} is refused with code ${returnCode}, then closed [MQTT-3.2.2-5]`, async (t) => {
      const { connect, gateway, counts, front } = await setting(t);
      const client = await connect();
      t.equal(await client.hello({ ...deviceCredentials, ...fields }), returnCode);
      await client.closed;
      t.equal(counts.of('connections_refused_total', reason), 1);
      t.equal(gateway.deviceLinks.length, 0);
      await until(() => front.connections === 0);
    });
  }

  await t.test('is answered with code 3 when the store cannot tell, and when the gateway stops', async (t) => {
    const { connect, gateway, counts } = await setting(t);
    gateway.whileAuthenticating = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'disk full'));
    t.equal(await (await connect()).hello(deviceCredentials), 3);
    gateway.whileAuthenticating = () => Promise.resolve();
    gateway.whileAttaching = () => Promise.reject(new StoreError('STORE_BUSY', 'too many'));
    t.equal(await (await connect()).hello(deviceCredentials), 3);
    t.equal(counts.of('connections_refused_total', 'store-unavailable'), 2);
    gateway.whileAttaching = () => Promise.resolve();
    gateway.stopping = true;
    t.equal(await (await connect()).hello(deviceCredentials), 3);
    t.equal(counts.of('connections_refused_total', 'stopping'), 1);
  });

  await t.test('is answered with code 3 when authentication takes too long', async (t) => {
    const { connect, gateway, time } = await setting(t);
    gateway.whileAuthenticating = () => new Promise(() => undefined);
    const client = await connect();
    const returnCode = client.hello(deviceCredentials);
    await until(() => client.stream.writableLength === 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await time.advance(10_100);
    t.equal(await returnCode, 3);
  });

  await t.test('a second one on the same connection closes it [MQTT-3.1.0-2]', async (t) => {
    const { device, gateway, counts } = await setting(t);
    const client = await device();
    client.send([0x10, 0]);
    await client.closed;
    t.same(gateway.link().events, ['closed lost']);
    t.equal(counts.of('device_packets_refused_total', 'MQTT-3.1.0-2'), 1);
  });

  await t.test('what comes behind it in the same chunk is read after CONNACK', async (t) => {
    const { connect, gateway } = await setting(t);
    const client = await connect();
    client.send(mqttPacket.generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0, ...deviceCredentials }),
      frameUp('a'), frameUp('b', 7), [0xc0, 0]);
    t.match(await client.next(), { cmd: 'connack', returnCode: 0 });
    t.match(await client.next(), { cmd: 'puback', messageId: 7 });
    t.match(await client.next(), { cmd: 'pingresp' });
    t.same(gateway.link().frames, ['a', 'b']);
  });

  await t.test('what comes while the gateway looks at it is read after CONNACK, in its order', async (t) => {
    const { connect, gateway } = await setting(t);
    const attaching = heldAttaching(gateway);
    const client = await connect();
    client.send(mqttPacket.generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0, ...deviceCredentials }), frameUp('a'));
    await until(() => attaching.begun);
    for (const text of ['b', 'c', 'd']) {
      client.send(frameUp(text));
      await settled();
    }
    client.send(frameUp('e', 7));
    await settled();
    attaching.goOn();
    t.match(await client.next(), { cmd: 'connack', returnCode: 0 });
    t.match(await client.next(), { cmd: 'puback', messageId: 7 });
    t.same(gateway.link().frames, ['a', 'b', 'c', 'd', 'e']);
  });

  await t.test('what the gateway sends while it attaches comes behind CONNACK', async (t) => {
    const { connect, gateway } = await setting(t);
    gateway.whileAttaching = async (connection) => {
      t.equal(connection.send(Buffer.from('early'), []), true);
      await settled();
      connection.send(Buffer.from('later'), []);
    };
    const client = await connect();
    t.equal(await client.hello(deviceCredentials), 0);
    t.match(await client.next(), { cmd: 'publish', topic: 'd', qos: 0, payload: Buffer.from('early') });
    t.match(await client.next(), { cmd: 'publish', payload: Buffer.from('later') });
  });

  await t.test('a client that goes meanwhile is lost once; one that the gateway closes meanwhile gets its last frame', async (t) => {
    const { connect, gateway } = await setting(t);
    const attaching = heldAttaching(gateway);
    const gone = await connect();
    void gone.hello(deviceCredentials);
    await until(() => attaching.begun);
    gone.destroy();
    // Seen meanwhile, or by the link's first read or write.
    attaching.goOn();
    await until(() => gateway.deviceLinks.length === 1 && gateway.link().isOver);
    t.same(gateway.link().events, ['closed lost']);

    gateway.whileAttaching = (connection) => {
      connection.send(Buffer.from('close'), []);
      connection.close();
      return Promise.resolve();
    };
    const closed = await connect();
    t.equal(await closed.hello(deviceCredentials), 0);
    t.match(await closed.next(), { payload: Buffer.from('close') });
    await closed.closed;
    t.same(gateway.link().events, ['closed lost']);
  });
});

/** The gateway takes its time for the next device, until `goOn`. */
function heldAttaching(gateway: FakeGateway): { begun: boolean; goOn: () => void } {
  const held = { begun: false, goOn: (): void => undefined };
  gateway.whileAttaching = () => new Promise((resolve) => {
    held.begun = true;
    held.goOn = resolve;
  });
  return held;
}

await t.test('frames up', async (t) => {
  await t.test('reach the gateway however their bytes are cut', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    const bytes = Buffer.concat([
      mqttPacket.generate(frameUp('x'.repeat(300), 1)), mqttPacket.generate(frameUp('')), mqttPacket.generate(frameUp('y', 2)),
      mqttPacket.generate(subscribe(0, 'd')), Buffer.from([0xc0, 0]),
    ]);
    for (const byte of bytes) {
      client.send([byte]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    t.match(await client.next(), { cmd: 'puback', messageId: 1 });
    t.match(await client.next(), { cmd: 'puback', messageId: 2 });
    t.match(await client.next(), { cmd: 'suback' });
    t.match(await client.next(), { cmd: 'pingresp' });
    t.same(gateway.link().frames, ['x'.repeat(300), '', 'y']);
  });

  await t.test('reach the gateway in order when bytes are cut at random', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    const random = createPrng(seed);
    const texts = Array.from({ length: 300 }, (_, index) => `${index} ${'z'.repeat(Math.floor(random.next() * 2_000))}`);
    const bytes = Buffer.concat(texts.map((text, index) => mqttPacket.generate(frameUp(text, index % 3 === 0 ? index + 1 : 0))));
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + Math.floor(random.next() * 5_000);
      client.send(bytes.subarray(at, end));
      at = end;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => gateway.link().frames.length === texts.length);
    t.same(gateway.link().frames, texts);
    for (let index = 0; index < texts.length; index += 3) {
      t.match(await client.next(), { cmd: 'puback', messageId: index + 1 });
    }
  });

  await t.test('many in one chunk', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.send(...Array.from({ length: 500 }, (_, index) => frameUp(String(index))));
    await client.ping();
    t.same(gateway.link().frames, Array.from({ length: 500 }, (_, index) => String(index)));
  });

  await t.test('are acknowledged when the gateway says so, in their order [MQTT-4.6.0-2]', async (t) => {
    const { device, gateway } = await setting(t);
    gateway.answering = 'on-demand';
    const client = await device();
    client.send(frameUp('a', 11), frameUp('b', 12), frameUp('c', 13), frameUp('d', 14));
    await client.ping();
    const [a, b, c, d] = gateway.link().answers;
    c!();
    b!();
    await client.ping();
    a!();
    t.match(await client.next(), { cmd: 'puback', messageId: 11 });
    t.match(await client.next(), { cmd: 'puback', messageId: 12 });
    t.match(await client.next(), { cmd: 'puback', messageId: 13 });
    d!();
    t.match(await client.next(), { cmd: 'puback', messageId: 14 });
  });

  await t.test('one that was refused whole is never acknowledged, and holds up no other', async (t) => {
    const { device, gateway } = await setting(t);
    gateway.answering = 'on-demand';
    const client = await device();
    const refused: Packet = { ...frameUp('', 21), payload: Buffer.from([0xff]) } as Packet;
    client.send(frameUp('a', 20), refused, frameUp('b', 22));
    await client.ping();
    const [a, b] = gateway.link().answers;
    b!();
    a!();
    t.match(await client.next(), { cmd: 'puback', messageId: 20 });
    t.match(await client.next(), { cmd: 'puback', messageId: 22 });
    await client.ping();
    t.same(gateway.link().events.slice(0, 3), ['frame a', 'refused', 'frame b']);
  });

  await t.test('with DUP are frames like others; with retain, too', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.send([0x3b, 6, 0, 1, 0x75, 0, 9, 0x61]);
    t.match(await client.next(), { cmd: 'puback', messageId: 9 });
    t.same(gateway.link().frames, ['a']);
  });

  for (const [what, bytes] of [
    ['another topic', mqttPacket.generate({ cmd: 'publish', topic: 'd', payload: 'x', qos: 0, dup: false, retain: false })],
    ['QoS 2', mqttPacket.generate({ cmd: 'publish', topic: 'u', payload: 'x', qos: 2, messageId: 1, dup: false, retain: false })],
    ['a huge remaining length', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x75])],
    ['garbage', Buffer.from('\xfb\x02garbage', 'latin1')],
  ] as const) {
    await t.test(`${what} closes the link, and only what came before counts`, async (t) => {
      const { device, gateway, front } = await setting(t);
      const client = await device();
      client.send(frameUp('good', 5), bytes, frameUp('late', 6));
      t.match(await client.next(), { cmd: 'puback', messageId: 5 });
      t.equal(await client.next(), undefined);
      t.same(gateway.link().events, ['frame good', 'closed lost']);
      await until(() => front.connections === 0);
    });
  }

  await t.test('random bytes never do more than close the link', async (t) => {
    const { connect, gateway, front } = await setting(t);
    const random = createPrng(seed);
    const good = [frameUp('f', 3), frameUp(''), subscribe(1, 'd'), { cmd: 'puback', messageId: 4 } as Packet]
      .map((packet) => mqttPacket.generate(packet));
    for (let round = 0; round < 150; round += 1) {
      const client = await connect();
      await client.hello(deviceCredentials);
      const bytes = Buffer.concat(Array.from({ length: 4 }, () => good[Math.floor(random.next() * good.length)]!));
      for (let change = 0; change < 3; change += 1) bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
      client.send(bytes);
      client.stream.end();
      await client.closed;
    }
    await until(() => front.connections === 0);
    t.equal(gateway.deviceLinks.length, 150);
    t.ok(gateway.deviceLinks.every((link) => link.isOver), 'each was told its end, once');
  });
});

await t.test('frames down', async (t) => {
  await t.test('come on topic d with QoS 0 unasked', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    t.equal(gateway.link().connection.send(Buffer.from([1, 2, 3]), [4]), true);
    t.match(await client.next(), { cmd: 'publish', topic: 'd', qos: 0, retain: false, dup: false, payload: Buffer.from([1, 2, 3]) });
    t.same(client.received.at(-1), Buffer.from([0x30, 6, 0, 1, 0x64, 1, 2, 3]));
  });

  await t.test('written in one turn leave in one segment, with the acknowledgement they ride along with', async (t) => {
    const { device, gateway } = await setting(t);
    gateway.answering = 'on-demand';
    const client = await device();
    client.send(frameUp('a', 5));
    await until(() => gateway.link().answers.length === 1);
    const link = gateway.link();
    link.answers[0]!();
    link.connection.send(Buffer.from('one'), []);
    link.connection.send(Buffer.from('two'), []);
    for (let packet = 0; packet < 3; packet += 1) await client.next();
    t.equal(client.received.length, 2, 'CONNACK, then everything else together');
  });

  await t.test('come with QoS 1 to a client that subscribed so; its PUBACK tells what it got', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.send(subscribe(1, 'd'));
    t.match(await client.next(), { cmd: 'suback', messageId: 1, granted: [1] });
    const link = gateway.link();
    link.connection.send(Buffer.from('n'), [41, 42]);
    link.connection.send(Buffer.from('advice'), []);
    link.connection.send(Buffer.from('m'), [43]);
    const first = await client.next();
    t.match(first, { cmd: 'publish', qos: 1, payload: Buffer.from('n') });
    t.match(await client.next(), { cmd: 'publish', qos: 0, payload: Buffer.from('advice') }, 'carries nothing to acknowledge');
    const second = await client.next();
    t.match(second, { cmd: 'publish', qos: 1 });
    t.not(first?.messageId, second?.messageId);
    client.send({ cmd: 'puback', messageId: second!.messageId! }, { cmd: 'puback', messageId: 999 }, { cmd: 'puback', messageId: first!.messageId! },
      { cmd: 'puback', messageId: first!.messageId! });
    await client.ping();
    t.same(link.events, ['subscribed', 'delivered 43', 'alive', 'delivered 41,42', 'alive', 'alive']);
  });

  await t.test('stop at the window until a PUBACK comes', async (t) => {
    const { device, gateway } = await setting(t, { limits: { inFlight: 3 } });
    const client = await device();
    client.send(subscribe(1, 'd'));
    await client.next();
    const { connection, events } = gateway.link();
    t.equal(connection.send(Buffer.from('1'), [1]), true);
    t.equal(connection.send(Buffer.from('2'), [2]), true);
    t.equal(connection.send(Buffer.from('3'), [3]), false, 'the window is full');
    const ids = [(await client.next())!.messageId!, (await client.next())!.messageId!, (await client.next())!.messageId!];
    t.same(new Set(ids).size, 3);
    client.send({ cmd: 'puback', messageId: ids[1]! });
    await client.ping();
    t.same(events, ['subscribed', 'delivered 2', 'writable', 'alive']);
    for (let extra = 0; extra < 20; extra += 1) connection.send(Buffer.from('again'), [1]);
    await client.ping().catch(() => undefined);
    t.ok(Buffer.concat(client.received).toString('latin1').split('again').length - 1 <= 4, 'a gateway that goes on regardless is bounded, too');
  });

  await t.test('packet identifiers go round, and none in use is taken [MQTT-2.3.1-2]', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.send(subscribe(1, 'd'));
    await client.next();
    const { connection } = gateway.link();
    connection.send(Buffer.from('kept'), [1]);
    const kept = (await client.next())!.messageId!;
    const seen = new Set<number>();
    let taken = 0;
    while (taken < 66_000) {
      const batch = Array.from({ length: 30 }, (_, index) => index + 2);
      for (const id of batch) connection.send(Buffer.from('x'), [id]);
      const packets: Packet[] = [];
      for (let read = 0; read < batch.length; read += 1) packets.push((await client.next())!);
      for (const { messageId } of packets) seen.add(messageId!);
      client.send(...packets.map(({ messageId }): Packet => ({ cmd: 'puback', messageId: messageId! })));
      await client.ping();
      taken += batch.length;
    }
    t.notOk(seen.has(kept));
    t.notOk(seen.has(0));
    t.equal(seen.size, 65_534, 'every other one');
  });

  await t.test('a client that does not read is told to the gateway, and costs bounded memory', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.stream.pause();
    const { connection, events } = gateway.link();
    const frame = Buffer.alloc(16_000, 1);
    let written = 0;
    while (connection.send(frame, [])) {
      written += 1;
      await settled(1);
    }
    t.ok(written > 3, `${written} frames fitted into buffers`);
    t.same(events, []);
    client.stream.resume();
    await until(() => events.includes('writable'));
    t.equal(connection.send(frame, []), true);
  });
});

await t.test('SUBSCRIBE and UNSUBSCRIBE', async (t) => {
  await t.test('grant d at the asked QoS, at most 1, and nothing else [MQTT-3.8.4-5]', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.send({
      cmd: 'subscribe', messageId: 77,
      subscriptions: [{ topic: 'd', qos: 0 }, { topic: 'u', qos: 0 }, { topic: '#', qos: 1 }, { topic: 'd', qos: 2 }, { topic: 'd/x', qos: 0 }],
    });
    t.match(await client.next(), { cmd: 'suback', messageId: 77, granted: [0, 0x80, 0x80, 1, 0x80] });
    client.send(subscribe(0, '+'));
    t.match(await client.next(), { cmd: 'suback', granted: [0x80] });
    await client.ping();
    t.same(gateway.link().events, ['subscribed', 'alive', 'alive'], 'told once; what was denied is a sign of life');
  });

  await t.test('a later one replaces the QoS [MQTT-3.8.4-3]', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.send(subscribe(1, 'd'));
    await client.next();
    client.send(subscribe(0, 'd'));
    await client.next();
    gateway.link().connection.send(Buffer.from('x'), [1]);
    t.match(await client.next(), { cmd: 'publish', qos: 0 });
  });

  await t.test('after UNSUBSCRIBE nothing more comes, until the next SUBSCRIBE [MQTT-3.10.4-2]', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    client.send({ cmd: 'unsubscribe', messageId: 8, unsubscriptions: ['x'] });
    t.match(await client.next(), { cmd: 'unsuback', messageId: 8 }, 'also for what was not subscribed [MQTT-3.10.4-5]');
    const { connection } = gateway.link();
    connection.send(Buffer.from('1'), [1]);
    t.match(await client.next(), { cmd: 'publish', payload: Buffer.from('1') });
    client.send({ cmd: 'unsubscribe', messageId: 9, unsubscriptions: ['d'] });
    t.match(await client.next(), { cmd: 'unsuback', messageId: 9 });
    t.equal(connection.send(Buffer.from('2'), [2]), true);
    await client.ping();
    client.send(subscribe(1, 'd'));
    t.match(await client.next(), { cmd: 'suback', granted: [1] });
    connection.send(Buffer.from('3'), [3]);
    t.match(await client.next(), { cmd: 'publish', qos: 1, payload: Buffer.from('3') });
  });
});

await t.test('the end of a link', async (t) => {
  await t.test('DISCONNECT is a goodbye, and closes [MQTT-3.14.4-1]', async (t) => {
    const { device, gateway, front } = await setting(t);
    const client = await device();
    client.send(frameUp('last', 3), [0xe0, 0], frameUp('late'));
    t.match(await client.next(), { cmd: 'puback', messageId: 3 });
    await client.closed;
    t.same(gateway.link().events, ['frame last', 'closed goodbye']);
    await until(() => front.connections === 0);
  });

  for (const [how, end] of [
    ['an end without DISCONNECT', (client: RawClient) => client.stream.end()],
    ['a reset', (client: RawClient) => client.destroy()],
  ] as const) {
    await t.test(`${how} is a loss, told once`, async (t) => {
      const { device, gateway, front } = await setting(t);
      const client = await device();
      end(client);
      await until(() => front.connections === 0);
      t.same(gateway.link().events, ['closed lost']);
      t.equal(gateway.link().connection.send(Buffer.from('x'), [1]), true, 'writing to it is no error');
      gateway.link().connection.close();
    });
  }

  await t.test('the gateway closes: what was sent is flushed, what comes late is ignored', async (t) => {
    const { device, gateway, front } = await setting(t);
    const client = await device();
    const link = gateway.link();
    link.connection.send(Buffer.from('close'), []);
    link.connection.close();
    t.same(link.events, [], 'not told in the middle of its own call');
    client.send(frameUp('late', 4));
    t.match(await client.next(), { cmd: 'publish', payload: Buffer.from('close') });
    t.equal(await client.next(), undefined);
    t.same(link.events, ['closed lost']);
    await until(() => front.connections === 0);
  });

  await t.test('a second connection of the same device takes over; nothing of the first counts any more', async (t) => {
    const { device, gateway } = await setting(t);
    gateway.answering = 'on-demand';
    const first = await device();
    // It goes on writing when it was told the end.
    first.stream.allowHalfOpen = true;
    first.send(frameUp('before', 3));
    await until(() => gateway.link(0).answers.length === 1);
    const second = await device();
    first.send(frameUp('late', 4));
    gateway.link(0).answers[0]!();
    first.stream.end();
    await first.closed;
    t.same(gateway.link(0).events, ['frame before', 'closed lost']);
    await second.ping();
    t.same(gateway.link(1).events, ['alive']);
  });

  await t.test('a peer that neither reads nor closes is cut in bounded time', async (t) => {
    const { device, gateway, front, time } = await setting(t);
    const client = await device();
    client.stream.pause();
    const { connection } = gateway.link();
    while (connection.send(Buffer.alloc(16_000), [])) await settled(1);
    connection.close();
    await settled();
    t.same(gateway.link().events, ['closed lost']);
    t.equal(front.connections, 1, 'it is still being flushed');
    await time.advance(3_100);
    await until(() => front.connections === 0);
  });
});

await t.test('keep-alive', async (t) => {
  await t.test('without a packet for one and a half times of it the link is lost [MQTT-3.1.2-24]', async (t) => {
    const { device, gateway, time } = await setting(t);
    const client = await device({ keepalive: 10 });
    await time.advance(14_900);
    await client.ping();
    await time.advance(14_900);
    client.send(frameUp('x', 1));
    await client.next();
    await time.advance(14_900);
    t.same(gateway.link().events, ['alive', 'frame x']);
    await time.advance(300);
    await client.closed;
    t.same(gateway.link().events, ['alive', 'frame x', 'closed lost']);
    t.equal(Buffer.concat(client.received).length, 4 + 2 + 4, 'it is told nothing');
  });

  await t.test('0 asks for none [MQTT-3.1.2.10]', async (t) => {
    const { device, gateway, time } = await setting(t);
    const client = await device({ keepalive: 0 });
    await time.advance(200_000);
    await client.ping();
    t.same(gateway.link().events, ['alive']);
  });
});

await t.test('a flood', async (t) => {
  await t.test('of PINGREQ by a client that reads no answer is read no further', async (t) => {
    const { device, gateway } = await setting(t);
    const client = await device();
    // Counted instead of parsed: it is millions of packets.
    let answered = 0;
    client.stream.removeAllListeners('data');
    client.stream.pause();
    const pings = Buffer.alloc(65_536, Buffer.from([0xc0, 0]));
    let sent = 0;
    while (client.stream.writableLength < 1_000_000 && sent < 64_000_000) {
      client.stream.write(pings);
      sent += pings.length;
      await settled(1);
    }
    const read = gateway.link().events.length * 2;
    t.ok(read < sent - 500_000, `${read} of ${sent} bytes were read`);
    client.stream.on('data', (chunk: Buffer) => (answered += chunk.length));
    client.stream.resume();
    await until(() => gateway.link().events.length * 2 > read && answered > read);
  });

  await t.test('of frames that the gateway does not answer is read no further', async (t) => {
    const { device, gateway } = await setting(t, { limits: { deviceFramesUnanswered: 10 } });
    gateway.answering = 'on-demand';
    const client = await device();
    const { answers, frames } = gateway.link();
    for (let index = 1; index <= 40; index += 1) {
      client.send(frameUp(String(index), index));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await until(() => frames.length >= 10);
    await settled();
    t.ok(frames.length < 40, `${frames.length} of 40 were read`);
    for (let index = 1; index <= 40; index += 1) {
      await until(() => answers.length > 0);
      answers.shift()!();
      t.match(await client.next(), { cmd: 'puback', messageId: index });
    }
    t.equal(frames.length, 40);
  });
});

await t.test('stock clients are devices', async (t) => {
  await t.test('the mqtt package, with its own keep-alive and SUBSCRIBE', async (t) => {
    const { gateway, port } = await setting(t);
    const client = await connectAsync({
      host: '127.0.0.1', port, clientId: deviceId, username: deviceId, password: 'token', keepalive: 30, reconnectPeriod: 0,
    });
    t.teardown(() => client.endAsync(true));
    t.match(await client.subscribeAsync('d', { qos: 1 }), [{ topic: 'd', qos: 1 }]);
    const message = new Promise((resolve) => client.once('message', (topic, payload) => resolve({ topic, payload })));
    gateway.link().connection.send(Buffer.from([5]), [9]);
    t.same(await message, { topic: 'd', payload: Buffer.from([5]) });
    await client.publishAsync('u', Buffer.from('up'), { qos: 1 });
    await until(() => gateway.link().events.includes('delivered 9'));
    t.same(gateway.link().frames, ['up']);
    await client.endAsync();
    await until(() => gateway.link().isOver);
    t.equal(gateway.link().events.at(-1), 'closed goodbye');
  });

  const mosquitto = (port: number): readonly string[] =>
    ['-h', '127.0.0.1', '-p', String(port), '-u', deviceId, '-P', 'token'];

  for (const qos of [0, 1, 2]) {
    await t.test(`mosquitto_sub -t d -q ${qos}`, async (t) => {
      const { gateway, port } = await setting(t);
      const child = spawn('mosquitto_sub', [...mosquitto(port), '-t', 'd', '-q', String(qos), '-C', '2', '-F', '%q %x'], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await until(() => gateway.deviceLinks.length === 1 && gateway.link().events.includes('subscribed'));
      gateway.link().connection.send(Buffer.from([0, 255, 1]), [1]);
      gateway.link().connection.send(Buffer.from([2]), [2]);
      const [code] = (await once(child, 'close')) as [number];
      t.equal(code, 0);
      t.equal(output, qos === 0 ? '0 00ff01\n0 02\n' : '1 00ff01\n1 02\n');
      await until(() => gateway.link().isOver);
      t.same(gateway.link().events, qos === 0
        ? ['subscribed', 'closed goodbye'] : ['subscribed', 'delivered 1', 'delivered 2', 'closed goodbye']);
    });
  }

  await t.test('mosquitto_pub -t u, with its id and without', async (t) => {
    const { gateway, port } = await setting(t);
    t.match(await run('mosquitto_pub', [...mosquitto(port), '-i', deviceId, '-t', 'u', '-q', '1', '-m', 'hello']), { code: 0 });
    t.same(gateway.link().events, ['frame hello', 'closed goodbye']);
    t.match(await run('mosquitto_pub', [...mosquitto(port), '-t', 'u', '-q', '0', '-m', 'zero']), { code: 0 });
    await until(() => gateway.link().isOver);
    t.same(gateway.link().events, ['frame zero', 'closed goodbye']);
  });

  await t.test('mosquitto programs say what is wrong', async (t) => {
    const { port } = await setting(t);
    const wrong = await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-u', deviceId, '-P', 'guess', '-t', 'u', '-m', 'x']);
    t.equal(wrong.code, 5);
    t.match(wrong.errors, /not authorised/);
    const named = await run('mosquitto_pub', [...mosquitto(port), '-i', 'phone', '-t', 'u', '-m', 'x']);
    t.equal(named.code, 2);
    t.match(named.errors, /identifier rejected/);
    for (const version of ['31', '5']) {
      const old = await run('mosquitto_pub', [...mosquitto(port), '-V', version, '-i', deviceId, '-t', 'u', '-m', 'x']);
      t.not(old.code, 0, `MQTT ${version}`);
      t.match(old.errors, /unacceptable protocol version|unsupported protocol version/i);
    }
    const foreign = await run('mosquitto_pub', [...mosquitto(port), '-t', 'elsewhere', '-q', '1', '-m', 'x']);
    t.not(foreign.code, 0);
  });
});
