// What a browser gives out as its `PushSubscription`, and what is kept of it.

import { limits } from '../core/limits.js';
import type { PushSubscription } from '../ports/store.js';
import { done, refused } from './outcome.js';
import type { Outcome } from './outcome.js';
import { isPublicKey } from './public-key.js';

/** `PushSubscription.toJSON()` of the Push API; keys are in base64url. */
export interface PushSubscriptionJson {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Why nothing is sent to an address; undefined when it may be. */
export type EndpointProblem = (endpoint: string) => string | undefined;

const authBytes = 16;

export function parsePushSubscription(
  { endpoint, keys }: PushSubscriptionJson,
  problemOf: EndpointProblem,
): Outcome<PushSubscription, 'bad-push-subscription'> {
  const wrong = (what: string) => refused('bad-push-subscription', what);
  if (endpoint.length > limits.endpointCharacters) {
    return wrong(`endpoint: ${endpoint.length} characters; ${limits.endpointCharacters} are the most`);
  }
  if (!URL.canParse(endpoint) || !endpoint.startsWith('https://')) return wrong('endpoint: an https URL, as the browser gave it');
  const problem = problemOf(endpoint);
  if (problem !== undefined) return wrong(`endpoint: ${problem}`);
  const p256dh = new Uint8Array(Buffer.from(keys.p256dh, 'base64url'));
  if (!isPublicKey(p256dh)) return wrong('keys.p256dh: an uncompressed point of 65 bytes on P-256, in base64url');
  const auth = new Uint8Array(Buffer.from(keys.auth, 'base64url'));
  if (auth.length !== authBytes) return wrong(`keys.auth: ${authBytes} bytes in base64url, not ${auth.length}`);
  return done({ endpoint, p256dh, auth });
}
