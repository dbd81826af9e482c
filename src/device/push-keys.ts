// The keys of Web Push (RFC 8291): for each subscription a P-256 key pair and a secret, made here. What leaves the device is
// what a browser's `PushSubscription` tells: the public point and the secret.

import { fromBase64Url, toBase64Url } from './base64url.js';
import { DeviceError } from './errors.js';
import { decryptWebPush } from './push-decryption.js';
import type { DecryptionKeys } from './push-decryption.js';
import { textOf } from './warnings.js';
import type { DeviceWarning } from './warnings.js';

/** In base64url without padding; `JSON.stringify({ endpoint, keys })` is what libraries of senders take. */
export interface PushKeys {
  /** The public point, uncompressed, 65 bytes. */
  readonly p256dh: string;
  /** The secret that senders share, 16 bytes. */
  readonly auth: string;
}

/** As they are kept on the device. */
export interface StoredKeys extends PushKeys {
  readonly app: string;
  readonly subscription: string;
  /** The private scalar, 32 bytes in base64url. */
  readonly d: string;
}

interface Entry {
  readonly stored: StoredKeys;
  readonly keys: DecryptionKeys;
}

export const keyBytes = { p256dh: 65, auth: 16, d: 32 } as const;
const curve = { name: 'ECDH', namedCurve: 'P-256' } as const;

export interface KeyRingOptions {
  readonly onWarning: (warning: DeviceWarning) => void;
}

/** The keys of all apps, one set for each: they end with the subscription that they were made for. */
export class KeyRing {
  readonly #onWarning: (warning: DeviceWarning) => void;
  readonly #entries = new Map<string, Entry>();
  #warned = false;

  constructor(options: KeyRingOptions) {
    this.#onWarning = options.onWarning;
  }

  /** Takes what was kept; keys that WebCrypto refuses are left out, and told. */
  async load(kept: readonly StoredKeys[]): Promise<void> {
    if (!hasWebCrypto()) return;
    for (const stored of kept) {
      try {
        this.#entries.set(stored.app, { stored, keys: await imported(stored) });
      } catch (error) {
        this.#onWarning({
          code: 'state-damaged',
          message: `the stored keys of "${stored.app}" are of no use (${textOf(error)}): new ones are made for its server`,
          cause: error,
        });
      }
    }
  }

  /** Undefined when there are none for this subscription. */
  of(app: string, subscription: string): PushKeys | undefined {
    const stored = this.#entries.get(app)?.stored;
    return stored?.subscription === subscription ? { p256dh: stored.p256dh, auth: stored.auth } : undefined;
  }

  /** New keys in the place of the app's old ones; undefined where there is no WebCrypto. */
  async make(app: string, subscription: string): Promise<PushKeys | undefined> {
    if (!hasWebCrypto()) {
      if (!this.#warned) this.#onWarning({ code: 'no-web-crypto', message: noWebCrypto });
      this.#warned = true;
      return undefined;
    }
    this.#entries.set(app, await made(app, subscription));
    return this.of(app, subscription);
  }

  forget(app: string): void {
    this.#entries.delete(app);
  }

  /** What must be kept. */
  stored(): readonly StoredKeys[] {
    return [...this.#entries.values()].map(({ stored }) => stored);
  }

  /** Rejects with a `DeviceError`: 'no-keys', or as `decryptWebPush` does. */
  async decrypt(app: string, body: Uint8Array): Promise<Uint8Array> {
    const entry = this.#entries.get(app);
    if (entry !== undefined) return decryptWebPush(body, entry.keys);
    throw new DeviceError({ code: 'no-keys', message: `this device has no keys for "${app}"` });
  }
}

const noWebCrypto = 'there is no WebCrypto here (crypto.subtle; a page needs https for it): apps get no keys, '
  + 'so Web Push reaches them without payload only';

/** A page over plain http has none, React Native has none of its own. */
function hasWebCrypto(): boolean {
  return (globalThis as { readonly crypto?: Partial<Crypto> }).crypto?.subtle !== undefined;
}

async function made(app: string, subscription: string): Promise<Entry> {
  // Extractable, because a storage of text has to keep it.
  const { privateKey } = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
  const { x, y, d } = await crypto.subtle.exportKey('jwk', privateKey);
  const point = pointOf(x, y);
  if (point === undefined || d === undefined) throw new Error('WebCrypto exported a key without its coordinates');
  const authSecret = crypto.getRandomValues(new Uint8Array(keyBytes.auth));
  const stored = { app, subscription, p256dh: toBase64Url(point), auth: toBase64Url(authSecret), d };
  return { stored, keys: { privateKey, publicKey: point, authSecret } };
}

/** Rejects when it is no key pair. */
async function imported({ p256dh, auth, d }: StoredKeys): Promise<DecryptionKeys> {
  const publicKey = fromBase64Url(p256dh);
  const authSecret = fromBase64Url(auth);
  if (publicKey?.length !== keyBytes.p256dh || authSecret?.length !== keyBytes.auth) throw new Error('wrong lengths');
  const jwk = {
    kty: 'EC', crv: curve.namedCurve, d, x: toBase64Url(publicKey.subarray(1, 33)), y: toBase64Url(publicKey.subarray(33)),
  };
  return { privateKey: await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits']), publicKey, authSecret };
}

function pointOf(x = '', y = ''): Uint8Array | undefined {
  const coordinates = [fromBase64Url(x), fromBase64Url(y)];
  if (!coordinates.every((coordinate) => coordinate?.length === 32)) return undefined;
  return Uint8Array.from([4, ...coordinates.flatMap((coordinate) => [...(coordinate ?? [])])]);
}
