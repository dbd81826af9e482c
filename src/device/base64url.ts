// RFC 4648 §5 without padding, as Web Push writes keys.

import { encodeBase64 } from '../core/base64.js';

export function toBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** Undefined for what is not base64url; padding is passed over. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = text.replace(/=+$/, '');
  // One digit left over carries no whole byte.
  if (!/^[A-Za-z0-9_-]*$/.test(digits) || digits.length % 4 === 1) return undefined;
  return Uint8Array.from(atob(digits.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
}
