// Bytes that nobody meant: noise, and frames that were damaged on purpose.

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';

import fc from 'fast-check';
import t from 'tap';

import { limits } from '../../src/core/limits.js';
import type { DecodeResult } from '../../src/wire/decode-result.js';
import { decodeDownFrame, decodeUpFrame, encodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { downFrame, upFrame } from '../wire/frames.js';
import { seeded } from '../wire/seeded.js';

const { holds } = seeded();

// The slowest input below takes about 10 ms in code that is not yet compiled; a quadratic decoder would take seconds.
const longestMs = 5_000;

type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly bits: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number }
  | { readonly kind: 'cut'; readonly at: number };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
);

function mutate(bytes: Uint8Array, step: Mutation): Uint8Array {
  const at = bytes.length === 0 ? 0 : step.at % bytes.length;
  const before = bytes.subarray(0, at);
  switch (step.kind) {
    case 'flip': {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[at]! ^= step.bits;
      return copy;
    }
    case 'insert':
      return Buffer.concat([before, step.bytes, bytes.subarray(at)]);
    case 'remove':
      return Buffer.concat([before, bytes.subarray(at + step.count)]);
    case 'repeat':
      return Buffer.concat([before, bytes.subarray(at, at + step.count), bytes.subarray(at)]);
    case 'cut':
      return before;
  }
}

/** What any bytes must do: no exception, bounded time, and what is a frame stays that frame when written and read again. */
function check<Frame>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => DecodeResult<Frame>,
  encode: (frame: Frame) => Uint8Array,
): DecodeResult<Frame> {
  const started = performance.now();
  const result = decode(bytes);
  assert.ok(performance.now() - started < longestMs, 'decoding took too long');
  if (result.ok) {
    // Writing packs a list that came unpacked, so a frame at the very bound may come out a byte above it.
    if (bytes.length <= limits.frameBytes - 16) assert.deepEqual(decode(encode(result.frame)), result);
  } else {
    assert.notEqual(result.error.message, '');
  }
  return result;
}

await t.test('noise', (t) => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 2000, size: 'max' }),
    // Tags of our own fields in front of small numbers come closer to a frame than plain noise does.
    fc.array(fc.oneof(fc.constantFrom(8, 16, 18, 24, 26, 34, 42, 50, 58, 66, 74), fc.nat(12)), { maxLength: 24 })
      .map((values) => Uint8Array.from(values)),
  );
  const outcomes = new Map<string, number>();
  function count(result: DecodeResult<unknown>): void {
    const outcome = result.ok ? 'frame' : result.error.code;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  holds(t, 'up', fc.property(noise, (bytes) => count(check(bytes, decodeUpFrame, encodeUpFrame))), 4000);
  holds(t, 'down', fc.property(noise, (bytes) => count(check(bytes, decodeDownFrame, encodeDownFrame))), 4000);
  t.comment([...outcomes].map(([outcome, times]) => `${outcome} ${times}`).join(', '));
  for (const outcome of ['frame', 'malformed', 'impossible']) t.ok(outcomes.has(outcome), `noise reaches: ${outcome}`);
  t.end();
});

await t.test('damaged frames', (t) => {
  const steps = fc.array(mutation, { minLength: 1, maxLength: 4 });
  holds(t, 'up', fc.property(upFrame, steps, (frame, mutations) => {
    check(mutations.reduce(mutate, encodeUpFrame(frame)), decodeUpFrame, encodeUpFrame);
  }), 3000);
  holds(t, 'down', fc.property(downFrame, steps, (frame, mutations) => {
    check(mutations.reduce(mutate, encodeDownFrame(frame)), decodeDownFrame, encodeDownFrame);
  }), 3000);
  t.end();
});

await t.test('two frames glued together are one frame or an error', (t) => {
  holds(t, 'up', fc.property(upFrame, upFrame, (first, second) => {
    check(Buffer.concat([encodeUpFrame(first), encodeUpFrame(second)]), decodeUpFrame, encodeUpFrame);
  }), 500);
  holds(t, 'down', fc.property(downFrame, downFrame, (first, second) => {
    check(Buffer.concat([encodeDownFrame(first), encodeDownFrame(second)]), decodeDownFrame, encodeDownFrame);
  }), 500);
  t.end();
});

await t.test('the costliest frames that fit', (t) => {
  const full = limits.frameBytes;
  function filled(...pattern: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(full - (full % pattern.length));
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = pattern[at % pattern.length]!;
    return bytes;
  }
  const costly: Readonly<Record<string, Uint8Array>> = {
    'messages without content': filled(0x32, 0),
    'notifications without content': filled(0x22, 0),
    'settings again and again': filled(0x3a, 2, 8, 1),
    'unknown fields': filled(0x78, 1),
    'unknown fields in settings': Buffer.concat([Buffer.of(0x3a, 0xfc, 0x7f), filled(0x78, 1).subarray(4)]),
    'acks, one by one': filled(0x18, 1),
    'acks, packed': Buffer.concat([Buffer.of(0x1a, 0xfc, 0x7f), new Uint8Array(full - 4).fill(1)]),
    'groups in groups': filled(0xa3, 1),
    'a varint without an end': filled(0xff),
    'a name of 16 kB': Buffer.concat([Buffer.of(0x22, 0xfd, 0x7f, 0x12, 0xfa, 0x7f), new Uint8Array(full - 6).fill(0x61)]),
  };
  for (const [name, bytes] of Object.entries(costly)) {
    const started = performance.now();
    check(bytes, decodeUpFrame, encodeUpFrame);
    check(bytes, decodeDownFrame, encodeDownFrame);
    t.pass(`${name}: ${(performance.now() - started).toFixed(1)} ms`);
  }
  t.end();
});
