import { hashSecret } from '../gateway/secrets.js';

/** Under what a document is kept whose own name is a secret, or is longer than an id: 43 characters of base64url. */
export function hashedId(name: string): string {
  return Buffer.from(hashSecret(name)).toString('base64url');
}
