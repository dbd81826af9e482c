// Passkeys (WebAuthn level 2): what browsers are asked, and whether what they answer holds.

import {
  generateAuthenticationOptions, generateRegistrationOptions, verifyAuthenticationResponse, verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type {
  AuthenticationResponseJSON, PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON, RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { isIP } from 'node:net';
import { timingSafeEqual } from 'node:crypto';

import { BoundedCache } from '../../core/bounded-cache.js';
import { limits } from '../../core/limits.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Clock } from '../../ports/clock.js';
import type { AccountDocuments } from './documents.js';
import type { Sign } from './console-key.js';

type Passkey = AccountDocuments['passkey'];
/** As the browser's `PublicKeyCredential.toJSON()` gives it. */
export type PasskeyJson = Readonly<Record<string, unknown>>;

export interface PasskeysOptions {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly sign: Sign;
  readonly publicUrl: () => string | undefined;
}

interface Site {
  readonly origin: string;
  readonly host: string;
}

/** For which address, and for whose browser. */
export interface PasskeyPlace {
  readonly site: Site;
  /** Of the browser's cookie. */
  readonly token: string;
}

const randomLength = 16;
const timeLength = 8;

/**
 * Challenges are not kept: they are signed, for one browser (its cookie's token) and one purpose, and are over after
 * `limits.challengeMs`. What was used once is remembered, and not taken again.
 */
export class Passkeys {
  readonly #options: PasskeysOptions;
  readonly #used = new BoundedCache<string, true>({ most: limits.challengesRemembered });

  constructor(options: PasskeysOptions) {
    this.#options = options;
  }

  /** Browsers know passkeys for names only, in a secure context: https, or this very machine. */
  get site(): Site | undefined {
    const publicUrl = this.#options.publicUrl();
    if (publicUrl === undefined) return undefined;
    const { origin, hostname, protocol } = new URL(publicUrl);
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined;
    return protocol === 'https:' || hostname === 'localhost' ? { origin, host: hostname } : undefined;
  }

  /** `known`: those that the user has already, which an authenticator does not make twice. */
  async creationOptions({ site, token }: PasskeyPlace, { name, known }: {
    readonly name: string;
    readonly known: readonly Passkey[];
  }): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const handle = (await this.#options.sign('passkey-user', name)).subarray(0, randomLength);
    return generateRegistrationOptions({
      rpName: 'Lowbeat', rpID: site.host, userName: name, userID: new Uint8Array(handle), timeout: limits.challengeMs, attestationType: 'none',
      challenge: await this.#challenge('create', token),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: known.map(({ credential, transports }) => ({ id: credential, transports: transports as [] })),
    });
  }

  /** The credential is chosen in the browser: nobody says a name before. */
  async requestOptions({ site, token }: PasskeyPlace): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return generateAuthenticationOptions({
      rpID: site.host, timeout: limits.challengeMs, userVerification: 'required', challenge: await this.#challenge('get', token),
    });
  }

  /** Undefined: it does not hold. */
  async created(place: PasskeyPlace, { response, name }: {
    readonly response: PasskeyJson;
    readonly name: string;
  }): Promise<Passkey | undefined> {
    try {
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response: response as unknown as RegistrationResponseJSON, ...this.#expected('create', place),
      });
      if (!verified) return undefined;
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
      if (id.length > limits.passkeyCharacters || publicKey.length > limits.passkeyCharacters) return undefined;
      return {
        credential: id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, name,
        transports: transports.slice(0, mostTransports).map((one) => one.slice(0, mostTransportCharacters)),
        createdAtMs: this.#options.clock.nowMs(),
      };
    } catch {
      // What the package throws is about the response, and would tell its insides.
      return undefined;
    }
  }

  /** The passkey with what is new about it; undefined: it does not hold. A counter that went back is a copy of the key (WebAuthn §7.2, 22). */
  async proven(place: PasskeyPlace, { response, passkey }: {
    readonly response: PasskeyJson;
    readonly passkey: Passkey;
  }): Promise<Passkey | undefined> {
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: response as unknown as AuthenticationResponseJSON, ...this.#expected('get', place),
        credential: {
          id: passkey.credential, publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')), counter: passkey.counter,
        },
      });
      if (!verified) return undefined;
      return { ...passkey, counter: authenticationInfo.newCounter, usedAtMs: this.#options.clock.nowMs() };
    } catch {
      return undefined;
    }
  }

  #expected(purpose: 'create' | 'get', { site, token }: PasskeyPlace) {
    return {
      expectedChallenge: (challenge: string) => this.#isOurs(purpose, token, challenge),
      expectedOrigin: site.origin, expectedRPID: site.host, requireUserVerification: true,
    };
  }

  async #challenge(purpose: string, token: string): Promise<Uint8Array<ArrayBuffer>> {
    const { clock, randomBytes } = this.#options;
    const head = Buffer.alloc(randomLength + timeLength);
    head.set(randomBytes(randomLength));
    head.writeBigUInt64BE(BigInt(clock.nowMs() + limits.challengeMs), randomLength);
    return new Uint8Array(Buffer.concat([head, await this.#options.sign('challenge', purpose, token, head)]));
  }

  async #isOurs(purpose: string, token: string, text: string): Promise<boolean> {
    const challenge = Buffer.from(text, 'base64url');
    if (challenge.length !== randomLength + timeLength + 32) return false;
    const head = challenge.subarray(0, randomLength + timeLength);
    const signature = await this.#options.sign('challenge', purpose, token, head);
    if (!timingSafeEqual(signature, challenge.subarray(head.length))) return false;
    if (Number(head.readBigUInt64BE(randomLength)) <= this.#options.clock.nowMs()) return false;
    if (this.#used.get(text) === true) return false;
    this.#used.set(text, true);
    return true;
  }
}

const mostTransports = 8;
const mostTransportCharacters = 32;
