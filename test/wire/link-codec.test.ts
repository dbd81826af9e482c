import assert from 'node:assert/strict';

import fc from 'fast-check';
import protobuf from 'protobufjs';
import t from 'tap';

import { downFrameBytes, inlineNotificationBytes, notificationBytes, upFrameBytes } from '../../src/core/frame-size.js';
import type { CloseReason, DownFrame, NotificationItem, UpFrame } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import { decodeDownFrame, decodeUpFrame, encodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { downFrame, notification, upFrame } from './frames.js';
import { seeded } from './seeded.js';

const { holds } = seeded();

function bytes(...hex: readonly string[]): Uint8Array {
  return Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
}

const notificationItem: NotificationItem = { id: 1, alias: 1, data: Uint8Array.of(1), missed: 0 };

await t.test('every field of every frame makes the round trip, in the size that core computes', (t) => {
  holds(t, 'up', fc.property(upFrame, (frame) => {
    const encoded = encodeUpFrame(frame);
    assert.equal(encoded.length, upFrameBytes(frame));
    const input = Buffer.from(encoded);
    const decoded = decodeUpFrame(input);
    // What was decoded must not alias its input.
    input.fill(0xff);
    assert.deepEqual(decoded, { ok: true, frame });
  }), 1000);
  holds(t, 'down', fc.property(downFrame, (frame) => {
    const encoded = encodeDownFrame(frame);
    assert.equal(encoded.length, downFrameBytes(frame));
    const input = Buffer.from(encoded);
    const decoded = decodeDownFrame(input);
    input.fill(0xff);
    assert.deepEqual(decoded, { ok: true, frame });
  }), 1000);
  t.end();
});

await t.test('what a batch adds up to is never below what it takes', (t) => {
  holds(t, 'notifications', fc.property(fc.array(notification, { minLength: 1, maxLength: 3 }), (notifications) => {
    const sum = notifications.reduce((total, item) => total + notificationBytes(item), 0);
    assert.ok(encodeDownFrame({ notifications }).length <= sum);
    for (const item of notifications) assert.ok(inlineNotificationBytes(item) < notificationBytes(item));
  }));
  t.end();
});

await t.test('an encoded frame belongs to its caller', (t) => {
  const first = encodeUpFrame({ acks: [1, 2, 3] });
  const kept = Uint8Array.from(first);
  encodeUpFrame({ acks: [9, 9, 9] });
  t.strictSame(Uint8Array.from(first), kept);
  t.end();
});

await t.test('what is not protobuf is malformed', (t) => {
  for (const [hex, why] of [
    ['08', 'a tag without its value'], ['0880', 'a varint that does not end'], ['1a05 01', 'a length past the end'],
    ['00', 'field number 0'], ['0f', 'wire type 7'], ['0c', 'an end of group without its start'],
    ['2203 1201ff', 'text that is not UTF-8'], ['a301', 'a group that does not end'],
    ['a301'.repeat(2000), 'groups nested too deep'],
  ] as const) {
    t.match(decodeUpFrame(bytes(hex)), { ok: false, error: { code: 'malformed' } }, why);
  }
  t.match(decodeUpFrame(new Uint8Array(limits.frameBytes + 1)), { error: { code: 'frame-too-large', message: /16385/ } });
  t.match(decodeDownFrame(new Uint8Array(limits.frameBytes + 1)), { error: { code: 'frame-too-large' } });
  t.end();
});

await t.test('well-formed frames that cannot be are impossible, and the error names the field', (t) => {
  for (const [hex, why] of [
    ['', /no item/], ['0801', /promise must be 5/], ['0801 1004', /promise must be 5 to 16383, not 4/],
    ['0801 10808001', /promise/], ['10b40a', /promise without status/],
    ['0802 10b40a', /status 2 /], ['0803 10b40a', /status 3/], ['0850 10b40a', /status 80/], ['0880011005', /status 128/],
    ['1a0100', /acks/], ['1a00', /no item/], ['4200', /handled.app/], ['42020801', /handled.ids/], ['420508011201 00', /handled.ids/],
    ['4a0100', /cleared/], [`${'42440801 1240'.replace(' ', '')}${'01'.repeat(64)}`.repeat(3), /handled has 192 ids, at most 128/], ['2a0100', /removals/], ['1800', /acks/],
    [`1a8101${'01'.repeat(129)}`, /acks has 129 items, at most 128/], ['3200'.repeat(129), /messages has 129 items/],
    ['2203 120161', /registrations\.request/], ['2202 0801', /registrations\.app must have 1 to 64/],
    [`2245 0801 1241${'61'.repeat(65)}`, /registrations\.app/], ['2207 0801 120161 1a00', undefined],
    ['2208 0801 120161 1a0104', /application_server_key/],
    ['3204 0801 1a00', /messages\.app/], ['3202 1001', /messages\.id/],
    ['3a00', /settings set nothing/], ['3a02 0804', /minimum_urgency must be 0 to 3, not 4/],
    [`3a0b 1209${'01'.repeat(9)}`, /settings\.network/], ['3a02 1805', /flow without/],
    ['7801'.repeat(129), /unknown fields/],
  ] as const) {
    const result = decodeUpFrame(bytes(hex));
    if (why === undefined) t.match(result, { ok: true }, hex);
    else t.match(result, { ok: false, error: { code: 'impossible', message: why } }, hex);
  }
  for (const [hex, why] of [
    ['', /no item/], ['1003', /app or data without id/], ['1a0101', /app or data without id/], ['0801', /app must be 1/],
    ['2200', /id must be 1/], ['2204 0801 1000', /app must be 1/], ['2209 0801 1001 1a0101 2001', /missed with data/],
    ['4a0101', /app or data without id/], ['0801 1001 1a0101 4a0101', /data and encrypted/],
    ['2206 0802 1001 3001', /missed_from without missed/], ['2208 0802 1001 2003 3002', /missed_from must be below the id 2, not 2/],
    ['220a 0801 1001 1a0101 2a0101', /data and encrypted/], ['2209 0801 1001 2001 2a0101', /missed with data/],
    ['2a02 0801', /confirmations\.alias/], ['2a04 0801 1001', /subscription must have 1 to 64/],
    ['3202 1801', /exactly one/], ['3206 0801 1001 1801', /exactly one/], ['3204 0801 1800', /code/],
    ['4200', /close\.reason/], ['4202 0863', /close\.reason must be 100 or more, not 99/],
  ] as const) {
    t.match(decodeDownFrame(bytes(hex)), { ok: false, error: { code: 'impossible', message: why } }, hex);
  }
  const large = encodeDownFrame({ notifications: [{ ...notificationItem, data: new Uint8Array(limits.payloadBytes) }] });
  // The payload is the last field: one byte more of it, and its length says so.
  const larger = Buffer.concat([large, Buffer.of(0)]);
  larger.writeUInt8(larger[5]! + 1, 5);
  t.match(decodeDownFrame(larger), { error: { code: 'impossible', message: /data must have 0 to 4096 bytes, not 4097/ } });
  t.end();
});

await t.test('codes of a newer gateway keep their meaning', (t) => {
  const ranges: readonly (readonly [number, CloseReason])[] = [
    [100, 'shutting-down'], [150, 'other-come-back'], [199, 'other-come-back'], [200, 'taken-over'],
    [250, 'other-wait-for-change'], [300, 'removed'], [350, 'other-never'], [400, 'other-come-back'], [9999, 'other-come-back'],
  ];
  for (const [code, reason] of ranges) {
    const content = [0x08, (code & 127) | 128, code >> 7, 0x10, 30];
    t.strictSame(
      decodeDownFrame(Uint8Array.of(0x42, content.length, ...content)),
      { ok: true, frame: { close: { reason, notBeforeSeconds: 30 } } },
      `close ${code}`,
    );
  }
  t.strictSame(decodeDownFrame(bytes('3204 1007 1863')), { ok: true, frame: { rejections: [{ message: 7, code: 'other' }] } });
  t.end();
});

await t.test('the first notification stands in the frame unless it says more than the frame can', (t) => {
  const inline = encodeDownFrame({ notifications: [notificationItem, { ...notificationItem, id: 2 }] });
  t.equal(inline[0], 0x08);
  const missed: DownFrame = { notifications: [{ id: 2, alias: 1, data: new Uint8Array(0), missed: 3 }, notificationItem] };
  const encoded = encodeDownFrame(missed);
  t.equal(encoded[0], 0x22);
  t.strictSame(decodeDownFrame(encoded), { ok: true, frame: missed }, 'their order is kept');
  t.end();
});

await t.test('an encrypted payload is told apart, and costs what a plain one does', (t) => {
  const plain: DownFrame = { notifications: [notificationItem, { ...notificationItem, id: 2 }] };
  const encrypted: DownFrame = { notifications: plain.notifications!.map((item) => ({ ...item, encrypted: true as const })) };
  t.equal(encodeDownFrame(encrypted).length, encodeDownFrame(plain).length);
  t.strictSame(decodeDownFrame(encodeDownFrame(encrypted)), { ok: true, frame: encrypted });
  const inline = { notifications: [{ ...notificationItem, encrypted: true }] };
  t.strictSame(decodeDownFrame(bytes('0801 1001 4a0101')), { ok: true, frame: inline }, 'in the frame itself');
  t.strictSame(decodeDownFrame(bytes('2207 0801 1001 2a0101')), { ok: true, frame: inline }, 'in more');
  // What writers in other languages may do with empty fields.
  const empty = { notifications: [{ ...notificationItem, data: new Uint8Array(0) }] };
  t.strictSame(decodeDownFrame(bytes('0801 1001 1a00 4a00')), { ok: true, frame: empty }, 'an empty one is none');
  t.strictSame(decodeDownFrame(bytes('0801 1001 1a00 4a0101')), { ok: true, frame: inline });
  t.end();
});

await t.test('who does not know the field of encrypted payloads sees a notification without payload', (t) => {
  // A client of another make, from before the field existed.
  const older = protobuf.parse(`syntax = "proto3";
    message DownFrame { uint32 id = 1; uint32 app = 2; bytes data = 3; repeated Notification more = 4; }
    message Notification { uint32 id = 1; uint32 app = 2; bytes data = 3; uint32 missed = 4; }`, { keepCase: true }).root;
  const frame = encodeDownFrame({
    notifications: [{ ...notificationItem, encrypted: true }, { ...notificationItem, id: 2, encrypted: true }, { ...notificationItem, id: 3 }],
  });
  const type = older.lookupType('DownFrame');
  const seen = type.toObject(type.decode(frame), { arrays: true, bytes: Array }) as Record<string, unknown>;
  t.strictSame(seen, { id: 1, app: 1, more: [{ id: 2, app: 1 }, { id: 3, app: 1, data: [1] }] });
  t.end();
});

await t.test('a count of missed ones says with which item it began, unless with this one', (t) => {
  const first: NotificationItem = { id: 5, alias: 1, data: new Uint8Array(0), missed: 3 };
  const grown: NotificationItem = { ...first, id: 9, missed: 4, missedFrom: 5 };
  t.strictSame(decodeDownFrame(bytes('2206 0805 1001 2003')), { ok: true, frame: { notifications: [first] } });
  t.strictSame(decodeDownFrame(bytes('2208 0809 1001 2004 3005')), { ok: true, frame: { notifications: [grown] } });
  t.strictSame(decodeDownFrame(bytes('2208 0805 1001 2003 3000')), { ok: true, frame: { notifications: [first] } }, 'a 0 is none');
  t.end();
});

await t.test('a frame that breaks a bound is not encoded', (t) => {
  const beat = { presence: 'online', power: 'battery', network: 'wifi', promiseSeconds: 60 } as const;
  const broken: readonly UpFrame[] = [
    {}, { acks: [] }, { acks: [0] }, { acks: [2 ** 32] }, { acks: [1.5] }, { acks: new Array<number>(129).fill(1) },
    { heartbeat: { ...beat, promiseSeconds: 4 } }, { heartbeat: { ...beat, promiseSeconds: 16_384 } },
    { heartbeat: { ...beat, promiseSeconds: NaN } },
    { registrations: [{ request: 1, app: '' }] }, { registrations: [{ request: 1, app: '\ud83d' }] },
    { registrations: [{ request: 0, app: 'chat' }] },
    { registrations: [{ request: 1, app: 'chat', applicationServerKey: new Uint8Array(65) }] },
    { messages: [{ id: 1, alias: 1, data: new Uint8Array(4097) }] }, { settings: {} }, { settings: { flowSeconds: 60 } },
    { settings: { network: new Uint8Array(9) } },
    // Field 1 is `status`: it would come out as another frame.
    { unknown: [Uint8Array.of(8, 1)] }, { acks: [1], unknown: [Uint8Array.of(0x80)] },
    { messages: new Array(5).fill({ id: 1, alias: 1, data: new Uint8Array(4096) }) },
  ];
  for (const frame of broken) t.throws(() => encodeUpFrame(frame), RangeError, JSON.stringify(frame).slice(0, 80));
  const brokenDown: readonly DownFrame[] = [
    {}, { notifications: [] }, { notifications: [{ ...notificationItem, id: 0 }] },
    { notifications: [{ ...notificationItem, missed: 1 }] }, { notifications: [{ ...notificationItem, id: 2, missedFrom: 1 }] },
    { notifications: [{ ...notificationItem, data: new Uint8Array(0), missed: 1, missedFrom: 1 }] },
    { notifications: [{ ...notificationItem, data: new Uint8Array(0), encrypted: true }] }, { rejections: [{ code: 'no-grant' }] },
    { rejections: [{ request: 1, message: 1, code: 'no-grant' }] },
    { notifications: [{ ...notificationItem, data: new Uint8Array(4097) }] },
    { notifications: new Array<NotificationItem>(129).fill(notificationItem) },
    { confirmations: [{ request: 1, alias: 1, subscription: '' }] }, { advice: { freshnessSeconds: -1 } },
  ];
  for (const frame of brokenDown) t.throws(() => encodeDownFrame(frame), RangeError, JSON.stringify(frame).slice(0, 80));
  // A failed encoding leaves nothing behind for the next one.
  t.strictSame(decodeUpFrame(encodeUpFrame({ acks: [5] })), { ok: true, frame: { acks: [5] } });
  t.end();
});
