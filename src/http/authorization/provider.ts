// oidc-provider over the store. An account of it is a uid, never a user: tokens of a revoked grant have no account any more.

import { exportJWK, generateKeyPair } from 'jose';
import type { JWK, Provider } from 'oidc-provider';

import type { Uid } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Registry } from '../../gateway/registry.js';
import { secretMatches } from '../../gateway/secrets.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Clock } from '../../ports/clock.js';
import type { Store } from '../../ports/store.js';
import { addDeviceGrant, deviceClient } from './device-grant.js';
import { DocumentAdapter } from './document-adapter.js';
import type { Pairings } from './pairings.js';

export interface ProviderOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly registry: Registry;
}

/** Rejects with StoreError. */
export async function createProvider(issuer: string, options: ProviderOptions & { readonly pairings: Pairings }): Promise<Provider> {
  const { store, clock, randomBytes } = options;
  // Loaded when somebody first asks for it: few gateways are asked in their first second, and all of them start.
  const { Provider, errors } = await import('oidc-provider');
  const used = (): Error => new errors.InvalidGrant('it was used already');
  const cookieKey = await store.keep('oauth-cookies', randomBytes(32));
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const fresh = Buffer.from(JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }));
  const signingKey = JSON.parse(Buffer.from(await store.keep('oauth-signing', fresh)).toString()) as JWK;

  const provider = new Provider(issuer, {
    adapter: (model: string) => new DocumentAdapter({ model, store, clock, used }),
    jwks: { keys: [signingKey] },
    clients: [deviceClient],
    clientAuthMethods: ['client_secret_basic', 'none'],
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access', 'presence', 'presence.idle', 'notify'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_context: unknown, client: { grantTypeAllowed(type: string): boolean }, code: { scopes: Set<string> }) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    expiresWithSession: () => false,
    features: {
      devInteractions: { enabled: false }, revocation: { enabled: true }, rpInitiatedLogout: { enabled: false },
      // Who asks is told by the code; of its address nothing is kept.
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo: () => ({}) },
    },
    extraParams: ['device_name'],
    routes: {
      authorization: '/oauth/authorize', token: '/oauth/token', jwks: '/oauth/jwks',
      userinfo: '/oauth/userinfo', revocation: '/oauth/revoke',
      device_authorization: '/oauth/device', code_verification: '/pair',
    },
    cookies: { keys: [Buffer.from(cookieKey).toString('base64url')], short: { path: '/', sameSite: 'lax', httpOnly: true } },
    ttl: {
      AuthorizationCode: limits.oauthCodeSeconds,
      AccessToken: limits.oauthAccessTokenSeconds,
      IdToken: limits.oauthAccessTokenSeconds,
      Interaction: limits.oauthInteractionSeconds,
      Session: limits.oauthInteractionSeconds,
      RefreshToken: limits.oauthRefreshTokenSeconds,
      Grant: limits.oauthRefreshTokenSeconds,
      DeviceCode: limits.pairingSeconds,
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `${issuer}/authorize/${uid}` },
    findAccount: async (_context: unknown, uid: string) => {
      const grant = await store.grant(uid as Uid).catch(() => undefined);
      if (grant === undefined || grant.revokedAtMs !== undefined) return undefined;
      return { accountId: uid, claims: () => ({ sub: uid }) };
    },
  });
  // Host and protocol are set from the issuer before it sees a request.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = function (this: { readonly clientSecret: string }, actual: string) {
    return secretMatches(actual, Buffer.from(this.clientSecret, 'hex'));
  };
  addDeviceGrant(provider, errors, { ...options, issuer });
  return provider;
}
