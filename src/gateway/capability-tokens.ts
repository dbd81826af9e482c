// Tokens of capability URLs: what they stand for is sealed inside, so that nothing has to be looked up to know that one is
// ours, nothing has to be kept to tell a device its endpoint again, and two of them tell nothing of each other.
// docs/decisions/0007-sealed-capability-tokens.md has the reasons.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** More than any of ours has; what is longer is not looked at. */
const mostCharacters = 256;
const tokenPattern = /^[A-Za-z0-9_-]+$/;

/** What a token opens; one of one purpose never passes for one of another. */
export type Purpose = 'endpoint' | 'message' | 'receipts';

export class CapabilityTokens {
  readonly #nonceKey: Uint8Array;
  readonly #sealKey: Uint8Array;

  /** `secret`: 32 random bytes, the same for as long as the tokens shall be good. */
  constructor(secret: Uint8Array) {
    const derived = (info: string): Uint8Array =>
      new Uint8Array(hkdfSync('sha256', secret, '', `lowbeat capability ${info}`, keyBytes));
    this.#nonceKey = derived('nonce');
    this.#sealKey = derived('seal');
  }

  /** The same for the same text; 28 bytes more than that, in base64url. */
  seal(purpose: Purpose, text: string): string {
    const plain = Buffer.from(text, 'latin1');
    // The nonce follows from what is sealed: it repeats with the whole token only, which tells nothing new.
    const nonce = createHmac('sha256', this.#nonceKey).update(`${purpose} `).update(plain).digest()
      .subarray(0, nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(purpose, 'latin1'));
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** What was sealed; undefined for what this gateway never gave out. */
  open(purpose: Purpose, token: string): string | undefined {
    if (token.length > mostCharacters || !tokenPattern.test(token)) return undefined;
    const sealed = Buffer.from(token, 'base64url');
    // Two texts of base64url can mean the same bytes; only the one that was given out counts.
    if (sealed.length <= nonceBytes + tagBytes || sealed.toString('base64url') !== token) return undefined;
    const end = sealed.length - tagBytes;
    const nonce = sealed.subarray(0, nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(purpose, 'latin1'));
    decipher.setAuthTag(sealed.subarray(end));
    const plain = decipher.update(sealed.subarray(nonceBytes, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain.toString('latin1');
  }
}
