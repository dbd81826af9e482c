// Who signed a push message (RFC 8292). Tokens and keys are not logged and go no further.

import { createHash } from 'node:crypto';

import { errors, importJWK, jwtVerify } from 'jose';
import type { CryptoKey } from 'jose';

import { BoundedCache } from '../../core/bounded-cache.js';
import { limits } from '../../core/limits.js';

export interface Signed {
  readonly outcome: 'signed';
  /** The key that signed it: 65 bytes, an uncompressed point on P-256. */
  readonly key: Uint8Array;
  /** The same in base64url: one spelling for each key. */
  readonly keyName: string;
}

export type VapidResult =
  | Signed
  | { readonly outcome: 'unsigned' }
  | { readonly outcome: 'refused'; readonly detail: string };

/** A signature that was not seen before. */
export interface UncheckedClaim {
  /** What a good one is remembered by. */
  readonly name: string;
  readonly token: string;
  readonly key: Uint8Array;
  readonly origin: string;
}

interface Claim {
  readonly token: string;
  /** In base64url. */
  readonly key: string;
}

export interface VapidHeaders {
  readonly authorization?: string | undefined;
  readonly cryptoKey?: string | undefined;
}

/** What is remembered of a signature that held. */
interface Known {
  readonly origin: string;
  readonly untilMs: number;
  readonly result: Signed;
}

/** A token of a few hundred characters and a key; what is longer may be known, too, but is read anew each time. */
const recentCharacters = 1_024;

export class Vapid {
  /** What was signed, by a hash of token, key and audience. */
  readonly #known: BoundedCache<string, Known>;

  /** The same by the headers as they came, for those that came more than once: senders repeat them to the letter. */
  readonly #recent: BoundedCache<string, Known>;

  /** Senders that make a token for each message have one key for all: making it ready costs as much as the check. By its base64url. */
  readonly #ready: BoundedCache<string, CryptoKey>;

  constructor(options: { readonly most: number }) {
    this.#known = new BoundedCache(options);
    this.#recent = new BoundedCache(options);
    this.#ready = new BoundedCache(options);
  }

  /** Tokens that are remembered. */
  get known(): number {
    return this.#known.size;
  }

  /** What is known without a check. `origin` is that of the endpoint: what the token must be for. */
  read(headers: VapidHeaders, origin: string, nowMs: number): VapidResult | { readonly outcome: 'unchecked'; readonly claim: UncheckedClaim } {
    const { authorization } = headers;
    if (authorization === undefined) return { outcome: 'unsigned' };
    if (authorization.length > limits.vapidCharacters) return refused(`the Authorization has more than ${limits.vapidCharacters} characters`);
    const asItCame = headers.cryptoKey === undefined ? authorization : `${authorization}\n${headers.cryptoKey}`;
    const recent = asItCame.length > recentCharacters ? undefined : this.#recent.get(asItCame);
    if (recent?.origin === origin && nowMs < recent.untilMs) return recent.result;
    const claim = claimOf(authorization, headers.cryptoKey);
    if (claim === undefined) return refused('send "Authorization: vapid t=TOKEN, k=KEY" (RFC 8292, section 3)');
    const name = createHash('sha256').update(`${origin}\n${claim.key}\n${claim.token}`).digest('base64url');
    const known = this.#known.get(name);
    if (known !== undefined && nowMs < known.untilMs) {
      if (asItCame.length <= recentCharacters) this.#recent.set(asItCame, known);
      return known.result;
    }
    const key = pointOf(claim.key);
    if (key === undefined) return refused('k is no uncompressed point of 65 bytes on P-256, in base64url');
    return { outcome: 'unchecked', claim: { name, token: claim.token, key, origin } };
  }

  /** Rejects for a point that is not on the curve. */
  async #keyOf(key: Uint8Array, name: string): Promise<CryptoKey> {
    const coordinate = (from: number): string => Buffer.from(key.subarray(from, from + 32)).toString('base64url');
    const known = this.#ready.get(name);
    if (known !== undefined) return known;
    const made = await importJWK({ kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) }, 'ES256');
    if (made instanceof Uint8Array) throw new TypeError('an EC key is no bytes');
    this.#ready.set(name, made);
    return made;
  }

  async check({ name, token, key, origin }: UncheckedClaim, nowMs: number): Promise<VapidResult> {
    const keyName = Buffer.from(key).toString('base64url');
    const checked = await check(token, () => this.#keyOf(key, keyName), origin, nowMs);
    if (typeof checked === 'string') return refused(checked);
    const result: Signed = { outcome: 'signed', key, keyName };
    this.#known.set(name, { origin, untilMs: checked.untilMs, result });
    return result;
  }
}

function refused(detail: string): { readonly outcome: 'refused'; readonly detail: string } {
  return { outcome: 'refused', detail };
}

const vapidScheme = /^vapid +(.+)$/i;
/** What came before RFC 8292 was finished: the key in a header of its own. */
const olderScheme = /^(?:webpush|bearer) +(\S+) *$/i;

function claimOf(authorization: string, cryptoKey: string | undefined): Claim | undefined {
  const parameters = vapidScheme.exec(authorization)?.[1];
  if (parameters !== undefined) {
    const found = parametersOf(parameters, ',');
    const [token, key] = [found.get('t'), found.get('k')];
    return token === undefined || key === undefined ? undefined : { token, key };
  }
  const token = olderScheme.exec(authorization)?.[1];
  const key = parametersOf((cryptoKey ?? '').replaceAll(',', ';'), ';').get('p256ecdsa');
  return token === undefined || key === undefined ? undefined : { token, key };
}

/** `name=value` parted by `separator`; the first of a name counts, unknown ones are passed over. */
function parametersOf(text: string, separator: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(separator)) {
    const [, name, value] = /^\s*([A-Za-z0-9_-]+)\s*=\s*"?([A-Za-z0-9_.=-]*)"?\s*$/.exec(part) ?? [];
    if (name !== undefined && value !== undefined && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value);
  }
  return found;
}

function pointOf(text: string): Uint8Array | undefined {
  const key = Buffer.from(text, 'base64url');
  return key.length === 65 && key[0] === 4 ? new Uint8Array(key) : undefined;
}

/** Until when it is good, or what is wrong with it. */
async function check(
  token: string,
  keyOf: () => Promise<CryptoKey>,
  origin: string,
  nowMs: number,
): Promise<{ readonly untilMs: number } | string> {
  try {
    const { payload } = await jwtVerify(token, await keyOf(), {
      algorithms: ['ES256'],
      audience: origin,
      requiredClaims: ['exp'],
      clockTolerance: limits.vapidLeewaySeconds,
      currentDate: new Date(nowMs),
    });
    const untilMs = ((payload.exp ?? 0) + limits.vapidLeewaySeconds) * 1000;
    const most = nowMs + (limits.vapidSeconds + 2 * limits.vapidLeewaySeconds) * 1000;
    return untilMs > most ? 'exp is more than 24 hours ahead' : { untilMs };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'the token has ended';
    if (error instanceof errors.JWTClaimValidationFailed) {
      return error.claim === 'aud' ? `aud must be ${origin}, the origin of the endpoint` : `the claim ${error.claim} is missing or wrong`;
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature is not one of k';
    return 'the token is no JWT that is signed with ES256 by k';
  }
}
