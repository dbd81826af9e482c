// The device's side of pairing (RFC 8628 §3.4, §3.5): it asks until its user has decided. What it gets as an access token is the token of a
// device, which is good for one thing: to connect over MQTT.

import type { KoaContextWithOIDC, Provider, errors as oidcErrors } from 'oidc-provider';

import { limits } from '../../core/limits.js';
import type { Registry } from '../../gateway/registry.js';
import { TokenBuckets } from '../../gateway/token-buckets.js';
import type { Clock } from '../../ports/clock.js';
import { mqttUrlOf } from '../console/requests.js';
import { hashedId } from '../hashed-id.js';
import type { Pairings } from './pairings.js';

export const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code';

/** The client that every device is: it has no secret, since whoever has the program has it. */
export const deviceClient = {
  client_id: 'lowbeat-device',
  client_name: 'Lowbeat device',
  grant_types: [deviceGrantType],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'none' as const,
  id_token_signed_response_alg: 'ES256' as const,
};

export interface DeviceGrantOptions {
  readonly issuer: string;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly pairings: Pairings;
}

/** In place of oidc-provider's own: a device is no app of a user, and has no grant. */
export function addDeviceGrant(provider: Provider, errors: typeof oidcErrors, { issuer, registry, clock, pairings }: DeviceGrantOptions): void {
  const questions = new TokenBuckets<string>({
    perSecond: 1 / limits.pairingIntervalSeconds, burst: limits.pairingPollBurst, most: limits.pairingRates,
  });
  provider.registerGrantType(deviceGrantType, async (context: KoaContextWithOIDC) => {
    const { client, params } = context.oidc;
    const given = params?.device_code;
    const code = typeof given === 'string' ? await provider.DeviceCode.find(given, { ignoreExpiration: true }) : undefined;
    if (typeof given !== 'string' || code === undefined || code.clientId !== client?.clientId || code.consumed !== undefined) {
      throw new errors.InvalidGrant('device_code: one that was given out, and was not traded yet');
    }
    if (code.isExpired) throw new errors.ExpiredToken('the code is too old; begin anew');
    const decision = await pairings.decision(code.userCode);
    if (decision === undefined) {
      if (questions.take(hashedId(given), clock.nowMs()) > 0) throw new errors.SlowDown();
      throw new errors.AuthorizationPending();
    }
    if (!decision.allowed) throw new errors.AccessDenied('the user did not want it');
    // Of two questions at once one gets here.
    await code.consume();
    const added = await registry.addDevice({ user: decision.user, name: decision.name });
    if (!added.ok) throw new errors.AccessDenied(added.error.message);
    const { id, token, name } = added.value;
    context.body = { access_token: token, token_type: 'Bearer', device_id: id, device_name: name, mqtt_url: mqttUrlOf(issuer) };
  }, ['device_code']);
}
