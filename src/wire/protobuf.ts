// What both codecs need of protobufjs: one writer for all, readers that keep unknown fields, and checks.

import protobuf from 'protobufjs/minimal.js';

export type Writer = protobuf.Writer;
export type Reader = protobuf.Reader;

// One writer serves every encoding, which is synchronous: its scratch bytes are allocated once and
// grow to the largest message seen. `finish` copies the result out.
let scratch = protobuf.Writer.create();

/** The bytes that `write` writes; the caller owns them. */
export function encoded<Message>(message: Message, write: (message: Message, writer: Writer) => unknown): Uint8Array {
  scratch.pos = 0;
  try {
    write(message, scratch);
    return scratch.finish();
  } catch (error) {
    // A writer that stopped inside a nested message remembers where it was.
    scratch = protobuf.Writer.create();
    throw error;
  }
}

/** A reader that keeps fields it does not know in `$unknowns`. */
export function readerOf(bytes: Uint8Array): Reader {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return reader;
}

/** The number of the field whose encoding starts here; `bytes` begin with a well-formed tag. */
export function fieldNumber(bytes: Uint8Array): number {
  return protobuf.Reader.create(bytes).uint32() >>> 3;
}

// V8 keeps typed arrays of up to 64 bytes on its heap, which is cheap. A larger one of its own costs ten times
// as much as one from protobufjs's pool, whose 8 kB slabs live as long as any piece of them does.
const ownBytes = 64;

/** A copy: decoded bytes alias the input, which its owner may reuse. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= ownBytes) return new Uint8Array(bytes);
  const copy = protobuf.Writer.alloc(bytes.length);
  copy.set(bytes);
  return copy;
}

export function isUint32(value: number): boolean {
  return value >>> 0 === value;
}
