// What can be told of an encrypted body without its keys (RFC 8291, section 4; RFC 8188, section 2).

import { isPublicKey } from '../../gateway/public-key.js';

const saltBytes = 16;
const sizeBytes = 4;
const keyBytes = 65;
const tagBytes = 16;
/** Salt, record size, length of the key id, the sender's public key. */
const headerBytes = saltBytes + sizeBytes + 1 + keyBytes;
/** One byte of padding delimiter and the tag. */
const leastRecordBytes = 1 + tagBytes;

/** What is wrong with it; undefined when it is one record that its device may be able to read. */
export function encryptedBodyProblem(body: Buffer): string | undefined {
  if (body.length < headerBytes + leastRecordBytes) {
    return `an aes128gcm body has ${headerBytes + leastRecordBytes} bytes or more, not ${body.length}`;
  }
  const keyIdBytes = body.readUInt8(saltBytes + sizeBytes);
  if (keyIdBytes !== keyBytes) return `the key id must be the sender's public key of ${keyBytes} bytes, not ${keyIdBytes}`;
  const recordSize = body.readUInt32BE(saltBytes);
  // RFC 8291 §4: one record, and its size says so.
  if (recordSize < body.length - headerBytes) {
    return `the record size ${recordSize} is less than the ${body.length - headerBytes} bytes of the one record`;
  }
  if (recordSize < leastRecordBytes + 1) return `the record size ${recordSize} is below ${leastRecordBytes + 1} (RFC 8188, section 2.1)`;
  if (!isPublicKey(body.subarray(headerBytes - keyBytes, headerBytes))) return 'the sender\'s public key is no point on P-256';
  return undefined;
}
