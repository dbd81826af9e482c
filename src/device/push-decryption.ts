// Bodies of Web Push as their device reads them: RFC 8291 on top of RFC 8188 (aes128gcm), with WebCrypto.

import { DeviceError } from './errors.js';
import type { DeviceErrorCode } from './errors.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** What a sender's body is decrypted with. */
export interface DecryptionKeys {
  /** ECDH on P-256, with the usage 'deriveBits'. */
  readonly privateKey: CryptoKey;
  /** Its public point, 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array;
  /** 16 bytes. */
  readonly authSecret: Uint8Array;
}

/** Salt, record size and the length of the key id (RFC 8188 §2.1). */
const fixedHeaderBytes = 21;
const saltBytes = 16;
const tagBytes = 16;
/** The tag and the delimiter: what a record has at least. */
const leastRecordBytes = tagBytes + 1;
const pointBytes = 65;
const uncompressed = 4;
/** RFC 8188 §2: what follows it in a record is padding. */
const delimiters = { more: 1, last: 2 } as const;

/**
 * The plaintext of a body of RFC 8291. Several records are taken too, which senders must not make. Rejects with a
 * `DeviceError`: 'ciphertext-too-short', 'bad-record-size', 'bad-sender-key', 'decryption-failed' or 'bad-padding'.
 */
export function decryptWebPush(body: Uint8Array, keys: DecryptionKeys): Promise<Uint8Array> {
  return decryptAes128gcm(body, (keyId) => inputKeyingMaterial(keyId, keys));
}

/** RFC 8188; `keyOf` makes the input keying material from the key id of the header. Rejects as `decryptWebPush` does. */
export async function decryptAes128gcm(body: Uint8Array, keyOf: (keyId: Bytes) => Promise<Bytes>): Promise<Uint8Array> {
  // Its owner may change it while it is worked on.
  const bytes = Uint8Array.from(body);
  const { salt, recordSize, keyId, ciphertext } = partsOf(bytes);
  const material = await keyOf(keyId);
  const key = await crypto.subtle.importKey(
    'raw', await hkdf(material, salt, text('Content-Encoding: aes128gcm\0'), 16), 'AES-GCM', false, ['decrypt'],
  );
  const nonce = await hkdf(material, salt, text('Content-Encoding: nonce\0'), 12);
  const plaintexts: Bytes[] = [];
  for (let from = 0, record = 0; from < ciphertext.length; from += recordSize, record += 1) {
    const plaintext = await open(key, nonceOf(nonce, record), ciphertext.subarray(from, from + recordSize));
    plaintexts.push(unpadded(plaintext, from + recordSize >= ciphertext.length));
  }
  return concatenated(plaintexts);
}

interface Parts {
  readonly salt: Bytes;
  readonly recordSize: number;
  readonly keyId: Bytes;
  readonly ciphertext: Bytes;
}

function partsOf(body: Bytes): Parts {
  const keyIdBytes = body[fixedHeaderBytes - 1] ?? 0;
  const headerBytes = fixedHeaderBytes + keyIdBytes;
  if (body.length < headerBytes + leastRecordBytes) {
    const least = headerBytes + leastRecordBytes;
    throw fault('ciphertext-too-short', `an aes128gcm body with this header has ${least} bytes or more, not ${body.length}`);
  }
  const recordSize = new DataView(body.buffer, body.byteOffset).getUint32(saltBytes);
  // RFC 8188 §2.1.
  if (recordSize <= leastRecordBytes) {
    throw fault('bad-record-size', `the record size must be ${leastRecordBytes + 1} or more, not ${recordSize}`);
  }
  return {
    salt: body.subarray(0, saltBytes),
    recordSize,
    keyId: body.subarray(fixedHeaderBytes, headerBytes),
    ciphertext: body.subarray(headerBytes),
  };
}

/** RFC 8291 §3.3 and §3.4; the key id is the sender's public point. */
async function inputKeyingMaterial(keyId: Bytes, { privateKey, publicKey, authSecret }: DecryptionKeys): Promise<Bytes> {
  if (keyId.length !== pointBytes || keyId[0] !== uncompressed) {
    const first = keyId.length === 0 ? '' : `, the first of them ${keyId[0]}`;
    throw fault(
      'bad-sender-key',
      `the key id must be an uncompressed P-256 point, ${pointBytes} bytes that begin with 4, not ${keyId.length} bytes${first}`,
    );
  }
  const secret = await sharedSecret(keyId, privateKey);
  return hkdf(secret, Uint8Array.from(authSecret), concatenated([text('WebPush: info\0'), publicKey, keyId]), 32);
}

async function sharedSecret(senderPoint: Bytes, privateKey: CryptoKey): Promise<Bytes> {
  try {
    const sender = await crypto.subtle.importKey('raw', senderPoint, { name: 'ECDH', namedCurve: 'P-256' }, false, []);
    return new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: sender }, privateKey, 256));
  } catch (error) {
    throw fault('bad-sender-key', 'the key id is not a point on P-256', error);
  }
}

async function hkdf(material: Bytes, salt: Bytes, info: Bytes, bytes: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', material, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, bytes * 8));
}

/** RFC 8188 §2.3: the base exclusive-or the number of the record, which is in the last bytes. */
function nonceOf(base: Bytes, record: number): Bytes {
  const nonce = Uint8Array.from(base);
  const view = new DataView(nonce.buffer);
  view.setUint32(8, view.getUint32(8) ^ record);
  return nonce;
}

async function open(key: CryptoKey, iv: Bytes, record: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, tagLength: tagBytes * 8 }, key, record));
  } catch (error) {
    throw fault('decryption-failed', 'it was encrypted for other keys, or changed on its way', error);
  }
}

/** RFC 8188 §2: the delimiter stands before any number of zeros. */
function unpadded(plaintext: Bytes, isLast: boolean): Bytes {
  const end = plaintext.findLastIndex((byte) => byte !== 0);
  const wanted = isLast ? delimiters.last : delimiters.more;
  if (plaintext[end] === wanted) return plaintext.subarray(0, end);
  const what = isLast ? 'the last record' : 'a record before the last';
  throw fault('bad-padding', `${what} must end with the delimiter ${wanted} and zeros, not with ${plaintext[end] ?? 'zeros alone'}`);
}

function text(ascii: string): Bytes {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}

function concatenated(parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function fault(code: DeviceErrorCode, message: string, cause?: unknown): DeviceError {
  return new DeviceError({ code, message, cause });
}
