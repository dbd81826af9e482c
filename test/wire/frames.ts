// Arbitrary frames with every field, for the property tests of the codec.

import fc from 'fast-check';

import { downFrameBytes, upFrameBytes } from '../../src/core/frame-size.js';
import { closeReasons, rejectionCodes, urgencies } from '../../src/core/frames.js';
import type {
  Advice, Close, CloseReason, Confirmation, DownFrame, Extensible, Handled, Heartbeat, NotificationItem, Registration, Rejection,
  RejectionCode, Settings, UpFrame, UpstreamMessage,
} from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';

/** 1 to 2^32 - 1, with the edges of the varint lengths more often. */
export const number = fc.oneof(
  fc.constantFrom(1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 268_435_456, 0xffff_ffff),
  fc.integer({ min: 1, max: 0xffff_ffff }),
  fc.integer({ min: 1, max: 1000 }),
);

/** Payloads up to `most` bytes, most of them short. */
export function data(most: number): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 64 }) },
    { weight: 1, arbitrary: fc.integer({ min: 65, max: most }).map((length) => new Uint8Array(length).fill(length)) },
    { weight: 1, arbitrary: fc.constant(new Uint8Array(most).fill(0xff)) },
  );
}

function text(most: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: most }).filter((value) => value.length <= most),
    fc.constantFrom('a', 'x'.repeat(most), 'é'.repeat(most), '\u{1f4e8}'.repeat(Math.floor(most / 2)), 'a\u0000b'),
  );
}

/** Encoded fields 11 to 31 of every wire type: none of our messages has them. */
const unknownField = fc.oneof(
  fc.tuple(fc.integer({ min: 11, max: 15 }), fc.nat(127)).map(([field, value]) => Uint8Array.of(field << 3, value)),
  fc.tuple(fc.integer({ min: 16, max: 31 }), fc.nat(127))
    .map(([field, value]) => Uint8Array.of(((field << 3) & 127) | 128, field >> 4, value)),
  fc.tuple(fc.integer({ min: 11, max: 15 }), fc.uint8Array({ maxLength: 20 }))
    .map(([field, value]) => Uint8Array.of((field << 3) | 2, value.length, ...value)),
  fc.integer({ min: 11, max: 15 }).map((field) => Uint8Array.of((field << 3) | 5, 1, 2, 3, 4)),
  fc.integer({ min: 11, max: 15 }).map((field) => Uint8Array.of((field << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8)),
  fc.integer({ min: 11, max: 15 }).map((field) => Uint8Array.of((field << 3) | 3, 8, 1, (field << 3) | 4)),
);

const unknown = fc.array(unknownField, { minLength: 1, maxLength: 3 });

/** `required` always, any of `optional` too; `unknown` seldom. */
function item<Item extends Extensible>(
  required: { [Name in keyof Item]?: fc.Arbitrary<Item[Name]> },
  optional: { [Name in keyof Item]?: fc.Arbitrary<Exclude<Item[Name], undefined>> } = {},
): fc.Arbitrary<Item> {
  const fields = { ...required, ...optional } as { [Name in keyof Item]: fc.Arbitrary<Item[Name]> };
  const requiredKeys = Object.keys(required) as (keyof Item)[];
  const known = fc.record(fields, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<Item>;
  return fc.tuple(known, fc.option(unknown, { freq: 8, nil: undefined }))
    .map(([value, extra]) => (extra === undefined ? value : { ...value, unknown: extra }));
}

function list<Item>(of: fc.Arbitrary<Item>): fc.Arbitrary<readonly Item[]> {
  return fc.array(of, { minLength: 1, maxLength: 3 });
}

const numbers = fc.oneof(fc.array(number, { minLength: 1, maxLength: 5 }), fc.constant(new Array<number>(limits.frameItems).fill(9)));

export const heartbeat: fc.Arbitrary<Heartbeat> = fc.record({
  presence: fc.constantFrom('online', 'away'),
  power: fc.constantFrom('unknown', 'battery', 'battery-low', 'charging'),
  network: fc.constantFrom('unknown', 'wifi', 'cellular', 'wired', 'other'),
  promiseSeconds: fc.integer({ min: limits.shortestPromiseSeconds, max: limits.promiseSeconds }),
}, { noNullPrototype: true });

export const registration = item<Registration>(
  { request: number, app: text(limits.nameCharacters) },
  { applicationServerKey: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((point) => Uint8Array.of(4, ...point)) },
);

export const upstreamMessage = item<UpstreamMessage>({ id: number, alias: number, data: data(limits.messageBytes) });

const settings = item<Settings>({}, {
  minimumUrgency: fc.constantFrom(...urgencies),
  network: fc.uint8Array({ minLength: 1, maxLength: limits.networkKeyBytes }),
  flowSeconds: number,
}).map((value): Settings => {
  // Without any field it says nothing, and a flow is that of a network.
  const said = Object.keys(value).length > 0 ? value : { minimumUrgency: 'high' as const };
  return said.flowSeconds === undefined ? said : { network: Uint8Array.of(7), ...said };
});

export const notification = fc.oneof(
  { weight: 6, arbitrary: item<NotificationItem>({
    id: number, alias: number, data: data(limits.payloadBytes), missed: fc.constant(0),
  }) },
  { weight: 2, arbitrary: item<NotificationItem>({
    id: number, alias: number, data: data(limits.payloadBytes).filter(({ length }) => length > 0),
    encrypted: fc.constant(true as const), missed: fc.constant(0),
  }) },
  { weight: 1, arbitrary: item<NotificationItem>({
    id: number, alias: number, data: fc.constant(new Uint8Array(0)), missed: number,
  }) },
  { weight: 1, arbitrary: item<NotificationItem>({
    id: number, alias: number, data: fc.constant(new Uint8Array(0)), missed: number, missedFrom: number,
  }).filter(({ id, missedFrom }) => missedFrom !== undefined && missedFrom < id) },
);

export const confirmation = item<Confirmation>(
  { request: number, alias: number, subscription: text(limits.subscriptionCharacters) },
  { endpoint: text(limits.endpointCharacters) },
);

const rejectionCode = fc.constantFrom(...(Object.keys(rejectionCodes) as RejectionCode[]));
export const rejection = fc.oneof(
  item<Rejection>({ request: number, code: rejectionCode }),
  item<Rejection>({ message: number, code: rejectionCode }),
);

const advice = item<Advice>({
  freshnessSeconds: fc.oneof(fc.constant(0), number),
  fleet: fc.uint8Array({ minLength: limits.fleetBytes, maxLength: limits.fleetBytes }),
});

const close = item<Close>({
  reason: fc.constantFrom(...(Object.keys(closeReasons) as CloseReason[])),
  notBeforeSeconds: fc.oneof(fc.constant(0), number),
});

const handled = item<Handled>({ alias: number, ids: fc.array(number, { minLength: 1, maxLength: 40 }) });

// An ack of one heartbeat stands in for a frame that drew no item.
export const upFrame: fc.Arbitrary<UpFrame> = item<UpFrame>({}, {
  heartbeat, acks: numbers, registrations: list(registration), removals: numbers, messages: list(upstreamMessage), settings,
  handled: list(handled), cleared: numbers,
}).map((frame) => (Object.keys(frame).length === 0 ? { acks: [1] } : frame))
  // Several full payloads go beyond what one frame may hold: who sends them splits them.
  .filter((frame) => upFrameBytes(frame) <= limits.frameBytes);

export const downFrame: fc.Arbitrary<DownFrame> = item<DownFrame>({}, {
  notifications: list(notification), confirmations: list(confirmation), rejections: list(rejection), advice, close,
  clears: list(handled),
}).map((frame) => (Object.keys(frame).length === 0 ? { advice: { freshnessSeconds: 0 } } : frame))
  .filter((frame) => downFrameBytes(frame) <= limits.frameBytes);
