// Stored values: one byte of schema version, then one message of schemas/record.proto.
//
// Migration: a reader accepts every version up to its own. Fields that an older version did not have
// come out as their defaults; a version that changes the meaning of a field converts in `read`, which
// gets the version. A newer version is refused rather than read in part, since writing such
// a record back would lose what was not understood.

import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import { encoded, isUint32, readerOf } from './protobuf.js';
import type { Reader, Writer } from './protobuf.js';

/**
 * The version that is written. 2: Device.push, Subscription.endpoint_closed, Notification.encrypted, Target.fallback,
 * OutboxHead.expires_at_ms and first_sequence, KeptKey; none of them stands in a record of version 1. 3: User.manual_status, zone
 * and operator, App.redirect_uris, domain, owner, webhook and deactivated, Grant.schedule, follows_phone and drops_outside,
 * Document; none of them stands in an older record. 4: QueueHead.first_id; a SubscriptionQueue may list what is not there any more.
 * 5: SubscriptionQueue.expires_at_ms, Notification.missed_from; UserHead.next_id may reserve numbers.
 */
export const recordVersion = 5;

export type RecordErrorCode =
  /** Written by a newer Lowbeat. */
  | 'newer-version'
  /** Not what any version writes. */
  | 'damaged';

export interface RecordError {
  readonly code: RecordErrorCode;
  readonly message: string;
}

export type RecordResult<Kept> =
  | { readonly ok: true; readonly record: Kept }
  | { readonly ok: false; readonly error: RecordError };

export interface RecordCodec<Kept> {
  /** Bytes that the caller owns. Throws RangeError when the record cannot be written so that it reads back equal. */
  encode: (record: Kept) => Uint8Array;
  /** Never throws; nothing in the record aliases `value`. */
  decode: (value: Uint8Array) => RecordResult<Kept>;
}

export interface CodecParts<Kept> {
  readonly name: string;
  /** What is wrong with the record, the same for one that is to be written and one that was read. */
  check(record: Kept): string | undefined;
  write(record: Kept, writer: Writer): unknown;
  /** Throws when the bytes are not such a message. */
  read(reader: Reader, version: number): Kept;
}

export function codec<Kept>(parts: CodecParts<Kept>): RecordCodec<Kept> {
  function write(record: Kept, writer: Writer): void {
    // Below 128 the varint is the version's one byte.
    writer.uint32(recordVersion);
    parts.write(record, writer);
  }
  return {
    encode(record) {
      const problem = parts.check(record);
      if (problem !== undefined) throw new RangeError(`${parts.name}: ${problem}`);
      return encoded(record, write);
    },
    decode(value) {
      const version = value[0];
      if (version === undefined || version === 0) return damaged(parts.name, 'it has no schema version');
      if (version > recordVersion) {
        return {
          ok: false,
          error: {
            code: 'newer-version',
            message: `${parts.name}: schema version ${version} is newer than ${recordVersion}, the newest that this program reads`,
          },
        };
      }
      try {
        const reader = readerOf(value);
        reader.pos = 1;
        const record = parts.read(reader, version);
        const problem = parts.check(record);
        return problem === undefined ? { ok: true, record } : damaged(parts.name, problem);
      } catch (error) {
        return damaged(parts.name, error instanceof Error ? error.message : String(error));
      }
    },
  };
}

function damaged(name: string, problem: string): { readonly ok: false; readonly error: RecordError } {
  return { ok: false, error: { code: 'damaged', message: `${name}: ${problem}` } };
}

/** Every field of a version is known to its readers, so another one, or one of another wire type, is damage. */
export function known<Message extends { readonly $unknowns?: readonly Uint8Array[] }>(message: Message): Message {
  if (message.$unknowns !== undefined) throw new Error('it has a field that its version does not have');
  return message;
}

// Checks: what is wrong with one field, or undefined.

export function text(field: string, value: string): string | undefined {
  // UTF-8 cannot carry it: protobufjs would write U+FFFD.
  return value.isWellFormed() ? undefined : `${field} has half of a surrogate pair`;
}

export function id(field: string, value: string): string | undefined {
  return value === '' ? `${field} must not be empty` : text(field, value);
}

/** One that may be absent and must not be empty: `most` counts UTF-16 code units, as JavaScript does. */
export function bounded(field: string, value: string | undefined, most: number): string | undefined {
  if (value === undefined) return undefined;
  if (value.length > most) return `${field} must have at most ${most} characters, not ${value.length}`;
  return id(field, value);
}

export function hash(field: string, value: Uint8Array): string | undefined {
  return value.length === 32 ? undefined : `${field} must be the 32 bytes of a SHA-256, not ${value.length}`;
}

/** A number that a double carries exactly. */
export function whole(field: string, value: number): string | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? undefined : `${field} must be a whole number from 0 up, not ${value}`;
}

export function positive(field: string, value: number): string | undefined {
  return value > 0 ? count(field, value) : `${field} must be 1 to 4294967295, not ${value}`;
}

export function count(field: string, value: number): string | undefined {
  return isUint32(value) ? undefined : `${field} must be 0 to 4294967295, not ${value}`;
}

/** The urgency that a record tells by its place among all. Throws when there is none. */
export function urgency(field: string, index: number): Urgency {
  const value = urgencies[index];
  if (value === undefined) throw new Error(`${field} must be 0 to ${urgencies.length - 1}, not ${index}`);
  return value;
}
