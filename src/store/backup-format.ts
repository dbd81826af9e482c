// The form of a backup: a line that tells what it is, then frames: one header, the entries, one trailer with
// their count and the SHA-256 of all that came before. Each frame is a letter, the length of its payload
// (four bytes, most significant first) and the payload. Without its trailer, or with one changed bit, it is no backup.

import { createHash } from 'node:crypto';
import type { StoreEntry } from '../ports/store.js';

export type BackupErrorCode =
  /** No backup at all. */
  | 'BACKUP_FOREIGN'
  /** Of a newer form than this program reads. */
  | 'BACKUP_NEWER'
  /** Cut off or altered. */
  | 'BACKUP_DAMAGED'
  /** Where it should go there is something. */
  | 'BACKUP_IN_THE_WAY';

export class BackupError extends Error {
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string) {
    super(message);
    this.name = 'BackupError';
    this.code = code;
  }
}

export interface BackupHeader {
  readonly format: 1;
  /** Of the entries (src/store/schema.ts). */
  readonly schemaVersion: number;
  readonly createdAtMs: number;
}

const magic = Buffer.from('lowbeat backup\n', 'latin1');
const newestFormat = 1;
const frameHeadBytes = 5;
/** No record comes near it: what claims to be larger is damaged. */
const largestFrame = 16 * 1024 * 1024;
/** What is handed on at a time. */
const chunkBytes = 65_536;
const checksumBytes = 32;

/** The bytes of a backup, some tens of kilobytes at a time. */
export async function* encodeBackup(
  header: BackupHeader,
  entries: AsyncIterable<StoreEntry>,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  let parts = [magic, frame('H', Buffer.from(JSON.stringify(header)))];
  let bytes = 0;
  let count = 0;
  for await (const entry of entries) {
    const part = frame('E', entryPayload(entry));
    parts.push(part);
    bytes += part.length;
    count += 1;
    if (bytes < chunkBytes) continue;
    const chunk = Buffer.concat(parts);
    hash.update(chunk);
    yield chunk;
    parts = [];
    bytes = 0;
  }
  const rest = Buffer.concat(parts);
  const payload = Buffer.alloc(8);
  payload.writeBigUInt64BE(BigInt(count));
  hash.update(rest);
  // The checksum covers all before it, the count of the trailer included.
  const end = Buffer.concat([frameHead('T', payload.length + checksumBytes), payload]);
  hash.update(end);
  yield Buffer.concat([rest, end, hash.digest()]);
}

/**
 * What stands in a backup: first its header, then its entries. Throws BackupError as soon as it proves to be none;
 * what it gave until then, or without having come to its end, must not be trusted.
 */
export async function* decodeBackup(
  bytes: AsyncIterable<Uint8Array>,
): AsyncIterable<BackupHeader | StoreEntry> {
  const hash = createHash('sha256');
  const input = new Input(bytes);
  const start = await input.take(magic.length);
  if (start?.equals(magic) !== true) {
    throw new BackupError('BACKUP_FOREIGN', 'this is no backup of Lowbeat: it does not begin as one');
  }
  hash.update(start);
  let count = 0;
  for (let first = true; ; first = false) {
    const head = await input.need(frameHeadBytes);
    const kind = head.toString('latin1', 0, 1);
    const length = head.readUInt32BE(1);
    if (first !== (kind === 'H') || !['H', 'E', 'T'].includes(kind) || length > largestFrame) throw damaged();
    hash.update(head);
    if (kind === 'T') {
      await readTrailer({ input, hash, count, length });
      return;
    }
    const payload = await input.need(length);
    hash.update(payload);
    if (kind === 'H') {
      yield readHeader(payload);
    } else {
      yield readEntry(payload);
      count += 1;
    }
  }
}

async function readTrailer({ input, hash, count, length }: {
  readonly input: Input;
  readonly hash: ReturnType<typeof createHash>;
  readonly count: number;
  readonly length: number;
}): Promise<void> {
  if (length !== 8 + checksumBytes) throw damaged();
  const payload = await input.need(8);
  hash.update(payload);
  const checksum = await input.need(checksumBytes);
  if (!hash.digest().equals(checksum) || payload.readBigUInt64BE() !== BigInt(count)) throw damaged();
  if (await input.take(1) !== undefined) throw damaged();
}

function readHeader(payload: Buffer): BackupHeader {
  let header: unknown;
  try {
    header = JSON.parse(payload.toString());
  } catch {
    throw damaged();
  }
  if (typeof header !== 'object' || header === null) throw damaged();
  const { format, schemaVersion, createdAtMs } = header as Record<string, unknown>;
  if (typeof format === 'number' && format > newestFormat) {
    throw new BackupError(
      'BACKUP_NEWER',
      `this backup has form ${format}, and this program reads up to ${newestFormat}: restore it with the newer Lowbeat`,
    );
  }
  if (format !== 1 || typeof schemaVersion !== 'number' || typeof createdAtMs !== 'number') throw damaged();
  return { format, schemaVersion, createdAtMs };
}

function entryPayload({ key, value }: StoreEntry): Buffer {
  const keyBytes = Buffer.from(key);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(keyBytes.length);
  return Buffer.concat([length, keyBytes, value]);
}

function readEntry(payload: Buffer): StoreEntry {
  const keyEnd = payload.length < 4 ? Infinity : 4 + payload.readUInt32BE();
  if (keyEnd > payload.length) throw damaged();
  return { key: payload.toString('utf8', 4, keyEnd), value: new Uint8Array(payload.subarray(keyEnd)) };
}

function frame(kind: 'H' | 'E', payload: Buffer): Buffer {
  if (payload.length > largestFrame) throw new RangeError(`a backup frame holds up to ${largestFrame} bytes`);
  return Buffer.concat([frameHead(kind, payload.length), payload]);
}

function frameHead(kind: 'H' | 'E' | 'T', length: number): Buffer {
  const head = Buffer.alloc(frameHeadBytes);
  head.write(kind, 'latin1');
  head.writeUInt32BE(length, 1);
  return head;
}

function damaged(): BackupError {
  return new BackupError(
    'BACKUP_DAMAGED',
    'this backup is damaged or cut off: its count and checksum do not fit. Nothing was restored; use another copy',
  );
}

/** Bytes by the count, from chunks of any size. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** Undefined when there are fewer. */
  async take(length: number): Promise<Buffer | undefined> {
    if (this.#buffer.length < length) {
      const parts = [this.#buffer];
      let available = this.#buffer.length;
      while (available < length) {
        const next = await this.#chunks.next();
        if (next.done === true) break;
        parts.push(Buffer.from(next.value));
        available += next.value.length;
      }
      this.#buffer = Buffer.concat(parts);
      if (available < length) return undefined;
    }
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async need(length: number): Promise<Buffer> {
    const taken = await this.take(length);
    if (taken === undefined) throw damaged();
    return taken;
  }
}
