// The byte budget of the link, on the MQTT packets that carry the frames. The table of schemas/README.md is
// held against what is measured here.

import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import mqtt from 'mqtt-packet';
import t from 'tap';

import { publishBytes, upFrameBytes } from '../../src/core/frame-size.js';
import type { DownFrame, Handled, Heartbeat, NotificationItem, UpFrame } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import { encodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { heartbeat as heartbeats } from './frames.js';
import { seeded } from './seeded.js';

const { holds } = seeded();

/** Room inside a WebSocket frame: its header is 6 bytes up (masked) and 2 down (RFC 6455 §5.2). */
const webSocketHeaderBytes = { up: 6, down: 2 } as const;

function up(frame: UpFrame): number {
  const payload = Buffer.from(encodeUpFrame(frame));
  return mqtt.generate({ cmd: 'publish', topic: 'u', payload, qos: 1, dup: false, retain: false, messageId: 0xffff }).length;
}

function down(frame: DownFrame): number {
  const payload = Buffer.from(encodeDownFrame(frame));
  return mqtt.generate({ cmd: 'publish', topic: 'd', payload, qos: 0, dup: false, retain: false }).length;
}

function item(id: number, alias: number, payloadBytes: number): NotificationItem {
  return { id, alias, data: new Uint8Array(payloadBytes).fill(0xff), missed: 0 };
}

function notification(payloadBytes: number): NotificationItem {
  return item(lastRoutineId, lastRoutineAlias, payloadBytes);
}

// The dearest values of what a phone sends day after day: the longest promise, ids up to 2^21 (one notification a
// minute for four years), one of the first 127 apps.
const lastRoutineId = 2 ** 21 - 1;
const lastRoutineAlias = 127;
const heartbeat: Heartbeat = {
  presence: 'away', power: 'charging', network: 'other', promiseSeconds: limits.promiseSeconds,
};
const handled = (count: number): readonly Handled[] => [{ alias: lastRoutineAlias, ids: acks(count) }];
const acks = (count: number): readonly number[] => new Array<number>(count).fill(lastRoutineId);
const network = new Uint8Array(limits.networkKeyBytes).fill(0xff);
const settings = { minimumUrgency: 'high', network, flowSeconds: limits.promiseSeconds } as const;

interface Row {
  readonly name: string;
  readonly direction: 'up' | 'down';
  readonly bytes: number;
  readonly most: number;
}

const routine = limits.routinePacketBytes;
const control = { puback: { cmd: 'puback', messageId: 0xffff }, pingreq: { cmd: 'pingreq' }, pingresp: { cmd: 'pingresp' } } as const;

const rows: readonly Row[] = [
  { name: 'heartbeat', direction: 'up', bytes: up({ heartbeat }), most: 12 },
  { name: 'answer to a frame up (PUBACK)', direction: 'down', bytes: mqtt.generate(control.puback).length, most: 4 },
  { name: 'one ack', direction: 'up', bytes: up({ acks: acks(1) }), most: 12 },
  { name: 'heartbeat and one ack', direction: 'up', bytes: up({ heartbeat, acks: acks(1) }), most: routine },
  { name: 'heartbeat and 8 acks', direction: 'up', bytes: up({ heartbeat, acks: acks(8) }), most: routine },
  { name: '11 acks', direction: 'up', bytes: up({ acks: acks(11) }), most: routine },
  { name: 'heartbeat on a new network', direction: 'up', bytes: up({ heartbeat, settings }), most: routine },
  { name: 'heartbeat, settings and 3 acks', direction: 'up', bytes: up({ heartbeat, settings, acks: acks(3) }), most: routine },
  { name: 'removal of one app', direction: 'up', bytes: up({ removals: [lastRoutineAlias] }), most: routine },
  { name: 'one handled', direction: 'up', bytes: up({ handled: handled(1) }), most: routine },
  { name: 'heartbeat, 2 handled and 2 acks', direction: 'up', bytes: up({ heartbeat, handled: handled(2), acks: acks(2) }), most: routine },
  { name: 'heartbeat and 8 cleared', direction: 'up', bytes: up({ heartbeat, cleared: acks(8) }), most: routine },
  { name: 'clear of one', direction: 'down', bytes: down({ clears: handled(1) }), most: routine },
  { name: 'clear of 11', direction: 'down', bytes: down({ clears: handled(11) }), most: routine },
  { name: 'notification of 28 bytes and clear of one', direction: 'down', bytes: down({ notifications: [notification(28)], clears: handled(1) }), most: routine },
  { name: 'notification without payload', direction: 'down', bytes: down({ notifications: [notification(0)] }), most: routine },
  { name: 'notification of 39 bytes', direction: 'down', bytes: down({ notifications: [notification(39)] }), most: routine },
  { name: 'two notifications of 14 bytes', direction: 'down', bytes: down({ notifications: [notification(14), notification(14)] }), most: routine },
  {
    name: 'count of missed ones',
    direction: 'down',
    bytes: down({ notifications: [{ ...notification(0), missed: 9999, missedFrom: lastRoutineId - 1 }] }),
    most: routine,
  },
  {
    name: 'advice',
    direction: 'down',
    bytes: down({ advice: { freshnessSeconds: limits.promiseSeconds, fleet: new Uint8Array(limits.fleetBytes) } }),
    most: routine,
  },
  { name: 'rejection', direction: 'down', bytes: down({ rejections: [{ message: lastRoutineId, code: 'other' }] }), most: routine },
  { name: 'close', direction: 'down', bytes: down({ close: { reason: 'other-never', notBeforeSeconds: limits.notBeforeSeconds } }), most: routine },
  { name: 'ping of a client that keeps its own (PINGREQ)', direction: 'up', bytes: mqtt.generate(control.pingreq).length, most: 2 },
  { name: 'its answer (PINGRESP)', direction: 'down', bytes: mqtt.generate(control.pingresp).length, most: 2 },
];

await t.test('every routine frame fits, in its MQTT packet and inside a WebSocket', (t) => {
  for (const { name, direction, bytes, most } of rows) {
    const inWebSocket = bytes + webSocketHeaderBytes[direction];
    t.ok(bytes <= most, `${name}: ${bytes} of ${most} bytes`);
    t.ok(inWebSocket <= routine, `${name}: ${inWebSocket} of ${routine} bytes inside a WebSocket`);
  }
  t.end();
});

await t.test('the table of schemas/README.md shows what is measured', (t) => {
  const readme = readFileSync(new URL('../../../schemas/README.md', import.meta.url), 'utf8');
  const lines = rows.map(({ name, direction, bytes, most }) =>
    `| ${name} | ${direction} | ${bytes} | ${most} | ${bytes + webSocketHeaderBytes[direction]} |`);
  for (const line of lines) {
    t.comment(line);
    t.ok(readme.includes(`${line}\n`), line);
  }
  t.end();
});

await t.test('a heartbeat takes at most 12 bytes of MQTT, whatever it promises', (t) => {
  const promises = Array.from(
    { length: limits.promiseSeconds - limits.shortestPromiseSeconds + 1 },
    (_, index) => limits.shortestPromiseSeconds + index,
  );
  const most = Math.max(...promises.map((promiseSeconds) => up({ heartbeat: { ...heartbeat, promiseSeconds } })));
  t.equal(most, 12);
  holds(t, 'and whatever it says', fc.property(heartbeats, (said) => up({ heartbeat: said }) <= 12));
  t.end();
});

await t.test('a notification adds at most 12 bytes to its payload', (t) => {
  const payload = fc.oneof(fc.integer({ min: 0, max: limits.payloadBytes }), fc.constantFrom(0, 114, 127, 128, 4096));
  const id = fc.oneof(fc.integer({ min: 1, max: lastRoutineId }), fc.constantFrom(127, 128, 16_383, 16_384, lastRoutineId));
  const alias = fc.integer({ min: 1, max: lastRoutineAlias });
  // An empty frame does not exist, so the others of a frame are measured as what they add to a first one.
  const first = item(1, 1, 0);
  const alone = encodeDownFrame({ notifications: [first] }).length;
  holds(t, 'first of a frame', fc.property(id, alias, payload, (number, app, length) =>
    encodeDownFrame({ notifications: [item(number, app, length)] }).length - length <= 12), 1000);
  holds(t, 'any other', fc.property(id, alias, payload, (number, app, length) =>
    encodeDownFrame({ notifications: [first, item(number, app, length)] }).length - alone - length <= 12), 1000);
  holds(t, 'encrypted, the same to the byte', fc.property(id, alias, payload.filter((length) => length > 0), (number, app, length) => {
    const plain = item(number, app, length);
    const encrypted: NotificationItem = { ...plain, encrypted: true };
    return encodeDownFrame({ notifications: [encrypted] }).length === encodeDownFrame({ notifications: [plain] }).length
      && encodeDownFrame({ notifications: [first, encrypted] }).length === encodeDownFrame({ notifications: [first, plain] }).length;
  }), 1000);
  holds(t, 'with all of MQTT, up to 114 bytes and id 16383', fc.property(
    fc.integer({ min: 0, max: 114 }), fc.integer({ min: 1, max: 16_383 }), alias,
    (length, number, app) => down({ notifications: [item(number, app, length)] }) - length <= 12,
  ), 1000);
  t.end();
});

await t.test('core knows the size of a packet without making it', (t) => {
  for (const count of [1, 20, 40, 100, 128]) {
    const frame: UpFrame = { heartbeat, acks: new Array<number>(count).fill(0xffff_ffff) };
    t.equal(publishBytes(upFrameBytes(frame), 1), up(frame), `${count} acks`);
  }
  t.end();
});
