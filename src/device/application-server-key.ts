import { fromBase64Url } from './base64url.js';
import { badOption } from './errors.js';
import type { AppOptions } from './options.js';

/** Its 65 bytes; throws 'bad-option'. Whether the point is on the curve is seen by the gateway. */
export function applicationServerKey({ applicationServerKey: key }: AppOptions): Uint8Array | undefined {
  if (key === undefined) return undefined;
  const bytes = typeof key === 'string' ? fromBase64Url(key) : key;
  if (bytes?.length !== 65 || bytes[0] !== 4) {
    throw badOption(
      'applicationServerKey must be an uncompressed P-256 point: 65 bytes that begin with 4, or the same in base64url',
    );
  }
  return bytes;
}
