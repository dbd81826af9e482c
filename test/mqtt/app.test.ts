// An app server on real sockets: hand-written bytes, the mqtt package, and the mosquitto programs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { connectAsync } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import t from 'tap';

import { limits } from '../../src/core/limits.js';
import { createPrng } from '../../src/core/prng.js';
import type { PublishErrorCode, PublishResult } from '../../src/gateway/doors.js';
import { StoreError } from '../../src/ports/store.js';
import { seedOfRun } from '../gateway/seeded.js';
import { settled } from '../gateway/virtual-time.js';
import { connectPacket } from './raw-client.js';
import { appCredentials, appId, run, setting, until } from './setting.js';

const seed = seedOfRun();
t.comment(`LOWBEAT_SEED=${seed}`);

const uid = 'uid_00000000000000000000000001';
const subscription = 'sub_00000000000000000000000001';

function publish(topic: string, payload: string | Buffer, messageId = 0, dup = false): Packet {
  return messageId === 0
    ? { cmd: 'publish', topic, payload, qos: 0, dup, retain: false }
    : { cmd: 'publish', topic, payload, qos: 1, messageId, dup, retain: false };
}

function subscribe(qos: 0 | 1 | 2, ...topics: readonly string[]): Packet {
  return { cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos })) };
}

function refusing(code: PublishErrorCode): () => Promise<PublishResult> {
  return () => Promise.resolve({ ok: false, error: { code, message: 'because' } });
}

await t.test('CONNECT of an app server', async (t) => {
  await t.test('is accepted with any client id; no session is present [MQTT-3.2.2-3]', async (t) => {
    const { connect, gateway, counts } = await setting(t);
    for (const fields of [{ clientId: '' }, { clientId: 'a/b' }, { clientId: 'c', clean: false }, { clientId: 'c', clean: false }]) {
      const client = await connect();
      t.equal(await client.hello({ ...appCredentials, ...fields }), 0);
      t.same(Buffer.concat(client.received), Buffer.from([0x20, 2, 0, 0]));
    }
    t.equal(gateway.appLinks.length, 4);
    t.equal(counts.of('connections_accepted_total', 'app'), 4);
  });

  await t.test('with the client id of another connection of the app ends that one [MQTT-3.1.4-2], of another app does not', async (t) => {
    const { app, gateway, connect } = await setting(t);
    gateway.addApp('app_2', 'secret');
    const first = await app({ clientId: 'same' });
    const other = await connect();
    t.equal(await other.hello({ ...appCredentials, username: 'app_2', clientId: 'same' }), 0);
    await first.ping();
    const second = await app({ clientId: 'same' });
    await first.closed;
    await second.ping();
    await other.ping();
    t.same(gateway.appLinks.map((link) => link.isOver), [true, false, false]);
  });

  await t.test('with a wrong secret is refused with code 5; while stopping with code 3', async (t) => {
    const { connect, gateway } = await setting(t);
    t.equal(await (await connect()).hello({ ...appCredentials, password: Buffer.from('guess') }), 5);
    gateway.stopping = true;
    t.equal(await (await connect()).hello(appCredentials), 3);
  });

  await t.test('what comes behind it in the same chunk is read after CONNACK, however much it is', async (t) => {
    const { connect, gateway } = await setting(t);
    const client = await connect();
    const connect_ = mqttPacket.generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0, ...appCredentials });
    client.send(connect_, ...Array.from({ length: 200 }, (_, index) => publish(`notify/${uid}`, String(index), index + 1)));
    t.match(await client.next(), { cmd: 'connack', returnCode: 0 });
    for (let index = 1; index <= 200; index += 1) t.match(await client.next(), { cmd: 'puback', messageId: index });
    t.equal(gateway.publishes.length, 200);
  });
});

await t.test('publishing', async (t) => {
  await t.test('to a user or a subscription, with options', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(
      publish(`notify/${uid}`, 'plain', 1),
      publish(`notify/${uid}?urgency=high&ttl=60&topic=chat&id=m-1&receipt=true`, Buffer.from([0, 1, 255]), 2),
      publish(`device/${subscription}?ttl=0`, '', 3),
      publish('cancel/m-1', '', 4),
    );
    for (let id = 1; id <= 4; id += 1) t.match(await client.next(), { cmd: 'puback', messageId: id });
    t.same(gateway.publishes, [
      {
        app: appId, to: { uid }, data: new Uint8Array(Buffer.from('plain')),
        urgency: 'normal', ttlSeconds: limits.ttlSeconds, topic: '', reference: '', receipt: false,
      },
      {
        app: appId, to: { uid }, data: Uint8Array.of(0, 1, 255),
        urgency: 'high', ttlSeconds: 60, topic: 'chat', reference: 'm-1', receipt: true,
      },
      {
        app: appId, to: { subscription }, data: new Uint8Array(0),
        urgency: 'normal', ttlSeconds: 0, topic: '', reference: '', receipt: false,
      },
    ]);
    t.same(gateway.cancels, ['m-1']);
    t.same(gateway.errors, []);
  });

  await t.test('reaches the gateway however its bytes are cut', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    const random = createPrng(seed);
    const bodies = Array.from({ length: 400 }, (_, index) => `${index} ${'m'.repeat(Math.floor(random.next() * 4_000))}`);
    const bytes = Buffer.concat(bodies.map((body, index) => mqttPacket.generate(publish(`notify/${uid}`, body, index + 1))));
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + Math.floor(random.next() ** 3 * 60_000);
      client.send(bytes.subarray(at, end));
      at = end;
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let id = 1; id <= bodies.length; id += 1) t.match(await client.next(), { cmd: 'puback', messageId: id });
    t.same(gateway.publishes.map(({ data }) => Buffer.from(data).toString()), bodies);
  });

  await t.test('is acknowledged when it is durable, in order, while others become durable beside it [MQTT-4.6.0-2]', async (t) => {
    const { app, gateway } = await setting(t);
    const waiting: ((result: PublishResult) => void)[] = [];
    gateway.publishing = () => new Promise((resolve) => waiting.push(resolve));
    const client = await app();
    client.send(publish(`notify/${uid}`, 'a', 5), publish(`notify/${uid}`, 'b', 6), publish(`notify/${uid}`, 'c', 7));
    await until(() => waiting.length === 3);
    waiting[2]!({ ok: true, duplicate: false });
    waiting[1]!({ ok: true, duplicate: false });
    await settled();
    t.equal(client.received.length, 1, 'CONNACK only');
    waiting[0]!({ ok: true, duplicate: true });
    for (const id of [5, 6, 7]) t.match(await client.next(), { cmd: 'puback', messageId: id });
  });

  await t.test('takes so many at once and no more, whatever comes in one read', async (t) => {
    const { app, gateway } = await setting(t, { limits: { appPublishesInFlight: 8 } });
    const waiting: ((result: PublishResult) => void)[] = [];
    let most = 0;
    gateway.publishing = () => new Promise((resolve) => {
      waiting.push(resolve);
      most = Math.max(most, waiting.length);
    });
    const client = await app();
    client.send(...Array.from({ length: 1_000 }, (_, index) => publish(`notify/${uid}`, 'x', index + 1)));
    let settledCount = 0;
    while (settledCount < 1_000) {
      await until(() => waiting.length > 0);
      waiting.shift()!({ ok: true, duplicate: false });
      settledCount += 1;
    }
    for (let id = 1; id <= 1_000; id += 1) t.match(await client.next(), { messageId: id });
    t.equal(most, 8);
  });

  await t.test('with QoS 0 goes the same way, unacknowledged; with QoS 2 once [MQTT-4.3.3-2]', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(publish(`notify/${uid}`, 'zero'));
    const twice: Packet = { cmd: 'publish', topic: `notify/${uid}`, payload: 'two', qos: 2, messageId: 9, dup: false, retain: false };
    client.send(twice);
    t.match(await client.next(), { cmd: 'pubrec', messageId: 9 });
    client.send({ ...twice, dup: true });
    t.match(await client.next(), { cmd: 'pubrec', messageId: 9 });
    client.send({ cmd: 'pubrel', messageId: 9 });
    t.match(await client.next(), { cmd: 'pubcomp', messageId: 9 });
    client.send({ cmd: 'pubrel', messageId: 9 });
    t.match(await client.next(), { cmd: 'pubcomp', messageId: 9 }, 'also when it is not known any more');
    t.same(gateway.publishes.map(({ data }) => Buffer.from(data).toString()), ['zero', 'two']);
    client.send(twice);
    t.match(await client.next(), { cmd: 'pubrec', messageId: 9 });
    t.equal(gateway.publishes.length, 3, 'the identifier is free again');
  });

  await t.test('begins in the order of the packets, whatever their QoS', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    const texts = Array.from({ length: 60 }, (_, n) => String(n));
    client.send(...texts.map((text, n) => ({ ...publish(`notify/${uid}`, text, n + 1), qos: ([2, 1, 0, 2, 2, 1] as const)[n % 6]! }) as Packet));
    await until(() => gateway.publishes.length === texts.length);
    t.same(gateway.publishes.map(({ data }) => Buffer.from(data).toString()), texts);
    const answers: Packet[] = [];
    for (let n = 0; n < 50; n += 1) answers.push(...[await client.next()].filter((packet) => packet !== undefined));
    for (const cmd of ['puback', 'pubrec']) {
      const ids = answers.filter((answer) => answer.cmd === cmd).map(({ messageId = 0 }) => messageId);
      t.same(ids, [...ids].sort((one, other) => one - other), `${cmd} [MQTT-4.6.0-2]`);
    }
  });

  await t.test('with retain keeps nothing in the broker', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send({ ...publish(`notify/${uid}`, 'kept?', 3), retain: true } as Packet);
    t.match(await client.next(), { cmd: 'puback' });
    t.equal(gateway.publishes.length, 1);
    client.send(subscribe(1, `notify/${uid}`, '#', 'upstream/+'));
    t.match(await client.next(), { cmd: 'suback', granted: [0x80, 0x80, 1] });
    await client.ping();
  });
});

await t.test('a refused publish', async (t) => {
  for (const code of ['unknown-destination', 'revoked', 'not-allowed'] as const) {
    await t.test(`that concerns one user (${code}) is told, acknowledged, and ends nothing`, async (t) => {
      const { app, gateway } = await setting(t);
      gateway.publishing = refusing(code);
      const client = await app();
      client.send(publish(`notify/${uid}`, 'x', 4), publish(`notify/${uid}?id=m-2`, 'x', 5), publish(`device/${subscription}`, 'x', 6));
      for (const id of [4, 5, 6]) t.match(await client.next(), { cmd: 'puback', messageId: id });
      await client.ping();
      t.same(gateway.errors.map(({ subject }) => subject), [uid, 'm-2', subscription]);
      t.match(gateway.errors[0], { app: appId, error: { code, message: 'because' }, topic: `notify/${uid}` });
    });
  }

  for (const code of ['store-busy', 'store-unavailable', 'stopping'] as const) {
    await t.test(`that may pass later (${code}) closes without PUBACK and without an error; what was accepted before is acknowledged`, async (t) => {
      const { app, gateway } = await setting(t);
      const client = await app();
      let asked = 0;
      gateway.publishing = () => {
        asked += 1;
        return asked === 1 ? Promise.resolve({ ok: true, duplicate: false }) : refusing(code)();
      };
      client.send(publish(`notify/${uid}`, 'a', 4), publish(`notify/${uid}`, 'b', 5), publish(`notify/${uid}`, 'c', 6));
      t.match(await client.next(), { cmd: 'puback', messageId: 4 });
      t.equal(await client.next(), undefined);
      t.same(gateway.errors, []);
      await until(() => gateway.appLink().isOver);
    });

    await t.test(`that may pass later (${code}), with QoS 0, is dropped: it would not be sent again`, async (t) => {
      const { app, gateway } = await setting(t);
      gateway.publishing = refusing(code);
      const client = await app();
      client.send(publish(`notify/${uid}`, 'a'));
      await client.ping();
      t.equal(gateway.publishes.length, 0);
    });
  }

  await t.test('whose reason cannot be kept closes without PUBACK', async (t) => {
    const { app, gateway } = await setting(t);
    gateway.publishing = refusing('revoked');
    gateway.whileReporting = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'disk full'));
    const client = await app();
    client.send(publish(`notify/${uid}`, 'a', 4));
    t.equal(await client.next(), undefined);
  });

  await t.test('by a gateway that breaks its contract closes without PUBACK, and nothing else', async (t) => {
    const { app, gateway } = await setting(t);
    gateway.publishing = () => {
      throw new Error('on purpose');
    };
    const client = await app();
    const other = await app({ clientId: 'other' });
    client.send(publish(`notify/${uid}`, 'a', 4));
    t.equal(await client.next(), undefined);
    await other.ping();
  });

  await t.test('by its rate is held and tried again', async (t) => {
    const { app, gateway, time } = await setting(t);
    const client = await app();
    let limited = true;
    gateway.publishing = () => Promise.resolve(limited
      ? { ok: false, error: { code: 'rate-limited', message: 'slower', retryAfterSeconds: 2 } }
      : { ok: true, duplicate: false });
    client.send(publish(`notify/${uid}`, 'a', 4));
    await settled(20);
    await new Promise((resolve) => setTimeout(resolve, 20));
    limited = false;
    await time.advance(2_200);
    t.match(await client.next(), { cmd: 'puback', messageId: 4 });
    t.same(gateway.errors, []);
    t.equal(gateway.publishes.length, 1);
  });

  for (const [what, topic, code, subject] of [
    ['a foreign topic', 'elsewhere', 'not-allowed', 'topic'],
    ["the gateway's own topics", `upstream/${uid}`, 'not-allowed', 'topic'],
    ['an unknown option', `notify/${uid}?colour=red`, 'bad-option', uid],
    ['a bad option', `notify/${uid}?id=m-3&ttl=soon`, 'bad-option', 'm-3'],
    ['a cancelled nothing', 'cancel/', 'bad-option', 'topic'],
  ] as const) {
    await t.test(`for ${what} is told and closes a connection that had nothing accepted`, async (t) => {
      const { app, gateway } = await setting(t);
      const client = await app();
      client.send(publish(topic, 'x', 4));
      t.equal(await client.next(), undefined, 'no PUBACK');
      t.equal(gateway.errors.length, 1);
      t.match(gateway.errors[0], { subject, error: { code } });
      t.equal(gateway.publishes.length, 0);

      const again = await app();
      again.send(publish(topic, 'x', 4), publish(`notify/${uid}`, 'y', 5));
      t.match(await again.next(), { cmd: 'puback', messageId: 4 }, 'sent again by the same client id it is acknowledged');
      t.match(await again.next(), { cmd: 'puback', messageId: 5 });
      t.equal(gateway.errors.length, 2, 'and told again');

      const third = await app({ clientId: 'other' });
      third.send({ ...publish(topic, 'x', 4), dup: true } as Packet);
      t.match(await third.next(), { cmd: 'puback', messageId: 4 }, 'so it is with DUP');
    });
  }

  await t.test('for a bad option does not end a connection that works; for a foreign topic it does', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(publish(`notify/${uid}`, 'good', 3), publish(`notify/${uid}?ttl=-1`, 'bad', 4), publish(`notify/${uid}`, 'good', 5));
    for (const id of [3, 4, 5]) t.match(await client.next(), { cmd: 'puback', messageId: id });
    t.equal(gateway.publishes.length, 2);
    client.send(publish('elsewhere', 'x', 6));
    t.equal(await client.next(), undefined);
  });

  await t.test('for a topic of many levels is told and acknowledged as one for nobody', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(rawPublish('notify/' + 'a/'.repeat(200), Buffer.from('x'), 1));
    t.match(await client.next(), { cmd: 'puback', messageId: 1 });
    t.match(gateway.errors, [{ error: { code: 'unknown-destination' } }]);
    t.equal(gateway.publishes.length, 0);
  });

  await t.test('that no client may send closes: a topic that none may have [MQTT-3.3.2-2], an identifier of 0 [MQTT-2.3.1-1], no room for either', async (t) => {
    const { app, counts, gateway } = await setting(t);
    const good = rawPublish(`notify/${uid}`, Buffer.from('x'), 1);
    const qos2 = Buffer.from(good);
    qos2[0] = 0x34;
    const packets = [
      rawPublish('notify/+', Buffer.from('x'), 1), rawPublish('notify/#', Buffer.from('x'), 1), rawPublish('notify/\0', Buffer.from('x'), 1),
      rawPublish('', Buffer.from('x'), 1), rawPublish(`notify/${uid}`, Buffer.from('x'), 0),
      Buffer.from([0x32, 0]), Buffer.from([0x32, 1, 0]), Buffer.from([0x32, 2, 0, 1]), Buffer.from([0x32, 4, 0, 1, 0x61, 0]), Buffer.from([0x30, 3, 0, 2, 0x61]),
    ];
    for (const packet of packets) {
      const client = await app();
      client.send(packet, good, qos2);
      t.equal(await client.next(), undefined, packet.toString('hex'));
    }
    t.equal(counts.of('app_packets_refused_total', 'malformed'), packets.length);
    t.equal(gateway.publishes.length, 0, 'and what follows is not read');
    const client = await app();
    client.send(Buffer.concat([Buffer.from([0x36]), good.subarray(1)]));
    t.equal(await client.next(), undefined, 'QoS 3 [MQTT-3.3.1-4]');
  });
});

/** mqtt-packet refuses to write some of what a client may send. */
function rawPublish(topic: string, payload: Buffer, messageId: number, dup = false): Buffer {
  const name = Buffer.from(topic);
  const length = 2 + name.length + 2 + payload.length;
  const header = [0x32 | (dup ? 8 : 0)];
  for (let rest = length; ; rest >>>= 7) {
    header.push(rest >= 128 ? (rest & 127) | 128 : rest);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([...header, name.length >> 8, name.length & 255]), name, Buffer.from([messageId >> 8, messageId & 255]), payload]);
}

await t.test('a publish that is too large', async (t) => {
  await t.test('is judged by the gateway up to the packet bound', async (t) => {
    const { app, gateway } = await setting(t);
    gateway.publishing = ({ data }) => (data.length > limits.payloadBytes ? refusing('payload-too-large')() : Promise.resolve({ ok: true, duplicate: false }));
    const client = await app();
    client.send(publish(`notify/${uid}`, Buffer.alloc(4_096), 3));
    t.match(await client.next(), { cmd: 'puback', messageId: 3 });
    client.send(publish(`notify/${uid}`, Buffer.alloc(4_097), 4));
    t.match(await client.next(), { cmd: 'puback', messageId: 4 }, 'the connection works, so it stays');
    t.match(gateway.errors, [{ subject: uid, error: { code: 'payload-too-large' } }]);
    const fresh = await app({ clientId: 'fresh' });
    fresh.send(publish(`notify/${uid}`, Buffer.alloc(4_097), 4));
    t.equal(await fresh.next(), undefined, 'a person sees it fail');
  });

  await t.test('is never buffered, and tells which message it was', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    const chunk = Buffer.alloc(1_000_000, 1);
    client.send(publish(`notify/${uid}`, 'before', 1));
    client.send(rawPublish(`notify/${uid}?id=huge`, Buffer.concat([chunk, chunk, chunk]), 2));
    client.send(publish(`notify/${uid}`, 'after', 3));
    for (const id of [1, 2, 3]) t.match(await client.next(), { cmd: 'puback', messageId: id });
    t.same(gateway.publishes.map(({ data }) => Buffer.from(data).toString()), ['before', 'after']);
    t.match(gateway.errors, [{ subject: 'huge', error: { code: 'payload-too-large', message: /8192/ } }]);
  });

  await t.test('byte by byte, several in a row, with every QoS', async (t) => {
    const { app, gateway } = await setting(t, { limits: { appPacketBytes: 100 } });
    const client = await app();
    const large = Buffer.alloc(300, 2);
    const bytes = Buffer.concat([
      mqttPacket.generate(publish(`notify/${uid}`, 'a', 1)),
      rawPublish(`notify/${uid}`, large, 2), rawPublish(`notify/${uid}`, large, 3),
      mqttPacket.generate({ cmd: 'publish', topic: `notify/${uid}`, payload: large, qos: 0, dup: false, retain: false }),
      mqttPacket.generate({ cmd: 'publish', topic: `notify/${uid}`, payload: large, qos: 2, messageId: 4, dup: false, retain: false }),
      mqttPacket.generate(publish(`notify/${uid}`, 'b', 5)),
    ]);
    for (const byte of bytes) {
      client.send([byte]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const id of [1, 2, 3]) t.match(await client.next(), { cmd: 'puback', messageId: id });
    t.match(await client.next(), { cmd: 'pubrec', messageId: 4 });
    t.match(await client.next(), { cmd: 'puback', messageId: 5 });
    t.equal(gateway.errors.length, 4);
  });

  await t.test('on a connection that had nothing accepted closes it', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(rawPublish(`notify/${uid}`, Buffer.alloc(9_000), 2));
    t.equal(await client.next(), undefined);
    t.equal(gateway.errors.length, 1);
  });

  for (const [what, bytes] of [
    ['a SUBSCRIBE', Buffer.concat([Buffer.from([0x82, 0xff, 0xff, 0x03, 0, 1]), Buffer.alloc(9_000)])],
    ['a topic that fills it', rawPublish('n'.repeat(20_000), Buffer.alloc(10), 1)],
    ['a remaining length of five bytes', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1])],
  ] as const) {
    await t.test(`${what} closes`, async (t) => {
      const { app, counts, front } = await setting(t);
      const client = await app();
      client.send(bytes, bytes);
      await client.closed;
      t.equal(counts.of('app_packets_refused_total', 'malformed'), 1);
      await until(() => front.connections === 0);
    });
  }
});

await t.test('subscribing', async (t) => {
  await t.test('is granted for what is an app’s to see, and nothing else', async (t) => {
    const { app } = await setting(t);
    const client = await app();
    const allowed = ['presence/+', 'upstream/+', 'receipt/+', 'error/+', `presence/${uid}`, 'receipt/m-1'];
    const denied = ['#', '+', '+/+', 'presence/#', 'presence', 'presence/+/x', 'presence/a/b', `notify/${uid}`, '$SYS/#', '$SYS/x/heartbeat', 'u', 'd', '/presence/+'];
    client.send(subscribe(1, ...allowed, ...denied));
    t.match(await client.next(), { cmd: 'suback', granted: [...allowed.map(() => 1), ...denied.map(() => 0x80)] });
  });

  await t.test('is bounded', async (t) => {
    const { app } = await setting(t);
    const client = await app();
    let granted = 0;
    for (let packet = 0; packet < 20; packet += 1) {
      client.send(subscribe(1, ...Array.from({ length: 100 }, (_, index) => `receipt/${packet}-${index}`)));
      const suback = await client.next();
      granted += suback?.cmd === 'suback' ? suback.granted.filter((code) => code === 1).length : 0;
    }
    t.equal(granted, limits.appFilters);
    client.send(subscribe(0, 'receipt/0-0'));
    t.match(await client.next(), { cmd: 'suback', granted: [0] }, 'what is there may change');
  });

  await t.test('brings what waits in the outbox, with QoS 1, reported on PUBACK', async (t) => {
    const { app, gateway } = await setting(t);
    gateway.owe(gateway.addApp(), 'upstream/u1', 'waited');
    const client = await app();
    client.send(subscribe(1, 'upstream/+'));
    t.match(await client.next(), { cmd: 'suback', granted: [1] });
    const first = await client.next();
    t.match(first, { cmd: 'publish', topic: 'upstream/u1', qos: 1, retain: false, payload: Buffer.from('waited') });
    gateway.owe(gateway.addApp(), 'upstream/u2', '');
    const second = await client.next();
    t.match(second, { cmd: 'publish', topic: 'upstream/u2', qos: 1 });
    t.equal(gateway.appLink().offer('receipt/m', Buffer.from('x')), false, 'it did not subscribe to that');
    client.send({ cmd: 'puback', messageId: second!.messageId! }, { cmd: 'puback', messageId: 4_000 });
    await client.ping();
    client.send({ cmd: 'puback', messageId: first!.messageId! });
    await client.ping();
    t.same(gateway.appLink().events, ['subscribed', 'delivered 2', 'delivered 1']);
  });

  await t.test('with QoS 0 counts as delivered when written; the highest of what matches holds [MQTT-3.3.5-1]', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(subscribe(0, 'upstream/+', 'receipt/+'));
    await client.next();
    gateway.owe(gateway.addApp(), 'upstream/u1', 'a');
    t.match(await client.next(), { cmd: 'publish', qos: 0 });
    await until(() => gateway.appLink().events.includes('delivered 1'));
    client.send(subscribe(2, 'upstream/u1'));
    t.match(await client.next(), { cmd: 'suback', granted: [2] });
    gateway.owe(gateway.addApp(), 'upstream/u1', 'b');
    t.match(await client.next(), { cmd: 'publish', qos: 1 }, 'QoS 1, which the item has, is within the granted 2 [MQTT-3.8.4-6]');
    gateway.owe(gateway.addApp(), 'upstream/u2', 'c');
    t.match(await client.next(), { cmd: 'publish', qos: 0 });
  });

  await t.test('ends with UNSUBSCRIBE [MQTT-3.10.4-2]', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(subscribe(1, 'upstream/+'));
    await client.next();
    client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['upstream/+'] });
    t.match(await client.next(), { cmd: 'unsuback', messageId: 2 });
    t.equal(gateway.appLink().offer('upstream/u1', Buffer.from('x')), false);
  });

  await t.test('of one app brings nothing of another', async (t) => {
    const { app, gateway, connect } = await setting(t);
    gateway.addApp('app_2', 'secret');
    const mine = await app();
    const theirs = await connect();
    await theirs.hello({ ...appCredentials, username: 'app_2' });
    for (const client of [mine, theirs]) {
      client.send(subscribe(1, 'upstream/+', 'error/+'));
      await client.next();
    }
    gateway.appLinks[0]!.offer('upstream/u1', Buffer.from('mine'));
    t.match(await mine.next(), { cmd: 'publish', payload: Buffer.from('mine') });
    await theirs.ping();
    t.equal(theirs.received.length, 3, 'CONNACK, SUBACK, PINGRESP');
  });
});

await t.test('the end of an app connection', async (t) => {
  await t.test('is told once, whoever ends it', async (t) => {
    const { app, gateway, front, time } = await setting(t);
    const leaving = await app();
    leaving.send([0xe0, 0]);
    await leaving.closed;
    await until(() => gateway.appLink().isOver);
    const lost = await app();
    lost.destroy();
    await until(() => gateway.appLink().isOver);
    const thrown = await app();
    gateway.appLink().connection.close();
    await thrown.closed;
    await until(() => gateway.appLink().isOver);
    gateway.appLink().connection.close();
    t.equal(gateway.appLink().connection.send('upstream/u', Buffer.from('x'), 1), false);
    const busy = await app();
    busy.send(subscribe(1, 'upstream/+'));
    await busy.next();
    gateway.appLink().connection.close();
    t.equal(gateway.appLink().connection.send('upstream/u', Buffer.from('x'), 1), false, 'nothing more while it closes');
    await busy.closed;
    await until(() => gateway.appLink().isOver);
    await until(() => front.connections === 0);
    await time.advance(5_000);
    t.same(gateway.appLinks.map(({ events }) => events), [['closed'], ['closed'], ['closed'], ['subscribed', 'closed']]);
  });

  await t.test('what it sent right before is still published', async (t) => {
    const { app, gateway } = await setting(t);
    const client = await app();
    client.send(...Array.from({ length: 50 }, (_, index) => publish(`notify/${uid}`, String(index))));
    client.stream.end();
    await client.closed;
    await until(() => gateway.publishes.length === 50);
  });

  await t.test('a will is published as any message, unless a DISCONNECT came [MQTT-3.1.2-8]', async (t) => {
    const { app, gateway, connect } = await setting(t);
    const will = { topic: `notify/${uid}?ttl=5`, payload: Buffer.from('gone'), qos: 1 as const, retain: true };
    const polite = await app({ will });
    polite.send([0xe0, 0]);
    await polite.closed;
    const lost = await app({ will });
    lost.destroy();
    await until(() => gateway.publishes.length === 1);
    t.match(gateway.publishes[0], { to: { uid }, ttlSeconds: 5, data: new Uint8Array(Buffer.from('gone')) });
    await settled();
    t.equal(gateway.publishes.length, 1);
    const refused = await connect();
    t.equal(await refused.hello({ ...appCredentials, will: { ...will, topic: 'elsewhere' } }), 5);
  });

  await t.test('a keep-alive that runs out ends it', async (t) => {
    const { gateway, app, time } = await setting(t);
    const will = { topic: `notify/${uid}`, payload: Buffer.from('gone'), qos: 1 as const, retain: false };
    const client = await app({ keepalive: 10, will });
    for (let id = 1; id <= 3; id += 1) {
      await time.advance(14_900);
      client.send(publish(`notify/${uid}`, 'x', id));
      t.match(await client.next(), { cmd: 'puback' }, 'whatever comes counts');
    }
    await time.advance(14_900);
    await client.ping();
    t.notOk(gateway.appLink().isOver);
    await time.advance(15_100);
    await client.closed;
    await until(() => gateway.appLink().isOver && gateway.publishes.length === 4);
    t.equal(Buffer.from(gateway.publishes.at(-1)!.data).toString(), 'gone', 'its will is published');
    const silent = await app({ keepalive: 0 });
    await time.advance(200_000);
    await silent.ping();
  });
});

await t.test('random bytes never do more than close their connection', async (t) => {
  const { app, connect, front, gateway } = await setting(t);
  const random = createPrng(seed);
  const pick = (below: number): number => Math.floor(random.next() * below);
  const good = [
    publish(`notify/${uid}?id=a`, 'x', 3), publish(`notify/${uid}`, 'y'), subscribe(1, 'upstream/+', 'error/+'),
    { cmd: 'publish', topic: `notify/${uid}`, payload: 'z', qos: 2, messageId: 5, dup: false, retain: false },
    { cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['error/+'] }, { cmd: 'puback', messageId: 4 },
    { cmd: 'pubrel', messageId: 5 }, { cmd: 'pubrec', messageId: 6 }, { cmd: 'pubcomp', messageId: 6 }, { cmd: 'pingreq' },
  ].map((packet) => mqttPacket.generate(packet as Packet));
  for (let round = 0; round < 150; round += 1) {
    const client = await connect();
    client.stream.removeAllListeners('data');
    client.stream.resume();
    const bytes = Buffer.concat(Array.from({ length: 5 }, () => good[pick(good.length)]!));
    for (let change = pick(4); change >= 0; change -= 1) bytes[pick(bytes.length)] = random.next() < 0.5 ? pick(256) : pick(4);
    client.send(connectPacket({ ...appCredentials, clientId: '' }), bytes.subarray(0, pick(bytes.length + 1)));
    client.stream.end();
    await client.closed;
  }
  await until(() => front.connections === 0 && gateway.appLinks.every((link) => link.isOver));
  const client = await app();
  await client.ping();
});

await t.test('an app above its rate is read more slowly, and loses nothing', async (t) => {
  const { app, gateway, time } = await setting(t, { limits: { appPublishesPerSecond: 10, appPublishBurst: 5 } });
  const client = await app();
  const other = await app({ clientId: 'other' });
  client.send(...Array.from({ length: 25 }, (_, index) => publish(`notify/${uid}`, String(index), index + 1)));
  for (let id = 1; id <= 5; id += 1) t.match(await client.next(), { cmd: 'puback', messageId: id });
  await settled(20);
  t.equal(gateway.publishes.length, 5, 'the burst');
  await time.advance(1_050);
  await settled(20);
  t.equal(gateway.publishes.length, 15, 'a second of its rate');
  other.send(publish(`notify/${uid}`, 'other', 1));
  await settled(20);
  await time.advance(2_000);
  for (let id = 6; id <= 25; id += 1) t.match(await client.next(), { cmd: 'puback', messageId: id });
  t.match(await other.next(), { cmd: 'puback', messageId: 1 }, 'the rate is shared by all connections of the app');
  t.equal(gateway.publishes.length, 26);
});

await t.test('stock clients are app servers', async (t) => {
  await t.test('the mqtt package gets over a message that is refused', async (t) => {
    const { gateway, port } = await setting(t);
    const client = await connectAsync({
      host: '127.0.0.1', port, clientId: 'worker', username: appId, password: 'secret', reconnectPeriod: 10,
    });
    t.teardown(() => client.endAsync(true));
    const errors: string[] = [];
    client.on('message', (topic) => errors.push(topic));
    await client.subscribeAsync('error/+', { qos: 1 });
    // Refused, closed, sent again by the package's store, acknowledged.
    await client.publishAsync(`notify/${uid}?ttl=x`, 'bad', { qos: 1 });
    await client.publishAsync(`notify/${uid}`, 'good', { qos: 1 });
    t.same(gateway.publishes.map(({ data }) => Buffer.from(data).toString()), ['good']);
    await until(() => errors.length >= 1);
    t.equal(errors[0], `error/${uid}`);
  });

  const mosquitto = (port: number): readonly string[] => ['-h', '127.0.0.1', '-p', String(port), '-u', appId, '-P', 'secret'];

  await t.test('mosquitto_pub -q 0, 1 and 2', async (t) => {
    const { gateway, port } = await setting(t);
    for (const qos of ['0', '1', '2']) {
      t.match(await run('mosquitto_pub', [...mosquitto(port), '-q', qos, '-t', `notify/${uid}?urgency=high`, '-m', `q${qos}`]), { code: 0, errors: '' });
    }
    await until(() => gateway.publishes.length === 3);
    t.same(gateway.publishes.map(({ data, urgency }) => [Buffer.from(data).toString(), urgency]), [['q0', 'high'], ['q1', 'high'], ['q2', 'high']]);
  });

  await t.test('mosquitto_pub sees what it did wrong', async (t) => {
    const { port } = await setting(t);
    const large = await run('mosquitto_pub', [...mosquitto(port), '-q', '1', '-t', `notify/${uid}`, '-m', 'x'.repeat(10_000)]);
    t.not(large.code, 0);
    t.match(large.errors, /lost/);
    const option = await run('mosquitto_pub', [...mosquitto(port), '-q', '1', '-t', `notify/${uid}?urgent=yes`, '-m', 'x']);
    t.not(option.code, 0);
    const foreign = await run('mosquitto_pub', [...mosquitto(port), '-q', '1', '-t', 'home/lamp', '-m', 'x']);
    t.not(foreign.code, 0);
  });

  await t.test('mosquitto_sub, also with a session of its own (-c)', async (t) => {
    const { gateway, port } = await setting(t);
    for (const args of [[], ['-c', '-i', 'sub']]) {
      gateway.owe(gateway.addApp(), 'upstream/u1', `hello ${args.length}`);
      const child = spawn('mosquitto_sub', [...mosquitto(port), ...args, '-q', '1', '-t', 'upstream/+', '-t', 'error/+', '-C', '1', '-v'], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      t.equal(code, 0);
      t.equal(output, `upstream/u1 hello ${args.length}\n`);
      await until(() => gateway.appLink().isOver);
      t.same(gateway.appLink().events, ['subscribed', 'delivered 1', 'closed']);
    }
  });
});
