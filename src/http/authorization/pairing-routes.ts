// What the page asks and says on which a user pairs a device: by the code that the device shows (RFC 8628 §3.3).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import { checkName } from '../../gateway/names.js';
import { done } from '../../gateway/outcome.js';
import type { Registry } from '../../gateway/registry.js';
import { TokenBuckets } from '../../gateway/token-buckets.js';
import type { Clock } from '../../ports/clock.js';
import { answering } from '../console/requests.js';
import { refuse, registryProblem } from '../problem.js';
import type { Answer, Problem } from '../problem.js';
import { normalizedCode } from './pairings.js';
import type { Pairings } from './pairings.js';
import { nobody } from './sessions.js';
import type { SessionsForAuthorization } from './sessions.js';

export interface PairingRoutesOptions {
  readonly sessions: SessionsForAuthorization;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly pairings: Pairings;
  /** Undefined while the gateway does not listen yet. */
  readonly provider: () => Promise<Provider | undefined>;
}

const code = z.string('the code that the device shows, as text').max(64, 'a code of at most 64 characters');
export const pairingBodies = {
  look: z.strictObject({ code }, 'a JSON object'),
  allow: z.strictObject({ code, name: z.string('what to call the device, as text') }, 'a JSON object'),
} as const;

const noSuchCode: Problem = {
  status: 404, code: 'not-found', detail: 'no device shows this code, or it is too old; look again at the device, or let it begin anew',
};

/** A device that waits, by the code it shows. */
interface Waiting {
  readonly user: UserId;
  readonly userName: string;
  readonly code: string;
  readonly name: string;
}

export function addPairingRoutes(app: FastifyInstance, { sessions, registry, clock, pairings, provider }: PairingRoutesOptions): void {
  // Codes are short, to be typed: whoever guesses is slowed down (RFC 8628 §5.1).
  const looks = new TokenBuckets<UserId>({ perSecond: limits.pairingLooksPerSecond, burst: limits.pairingLookBurst, most: limits.pairingRates });

  const waitingOf = async (request: FastifyRequest, typed: string): Promise<Answer<Waiting>> => {
    const forgery = await sessions.forgery(request);
    if (forgery !== undefined) return refuse(forgery);
    const account = await sessions.of(request);
    if (account === undefined) return refuse(nobody);
    const waitSeconds = looks.take(account.user, clock.nowMs());
    if (waitSeconds > 0) {
      return refuse({ status: 429, code: 'too-many-requests', detail: 'too many codes were tried; wait, then try again', retryAfterSeconds: waitSeconds });
    }
    const code = normalizedCode(typed);
    const found = await (await provider())?.DeviceCode.findByUserCode(code);
    if (found === undefined || await pairings.decision(code) !== undefined) return refuse(noSuchCode);
    // What is right costs nothing: only guesses count.
    looks.giveBack(account.user);
    const asked = found.params?.device_name;
    const name = typeof asked === 'string' ? checkName(asked) : undefined;
    return done({ user: account.user, userName: account.name, code, name: name?.ok === true ? name.value : 'device' });
  };
  const decide = async ({ code, user }: Waiting, name?: string): Promise<Answer<undefined>> =>
    await pairings.decide(code, user, name) ? done(undefined) : refuse(noSuchCode);

  app.post('/console/v1/pairing', answering(pairingBodies.look, 200, async (body, request) => {
    const waiting = await waitingOf(request, body.code);
    return waiting.ok ? done({ name: waiting.value.name, account: { name: waiting.value.userName } }) : waiting;
  }));
  app.post('/console/v1/pairing/allow', answering(pairingBodies.allow, 204, async (body, request) => {
    const name = checkName(body.name);
    if (!name.ok) return refuse(registryProblem(name.error));
    const waiting = await waitingOf(request, body.code);
    if (!waiting.ok) return waiting;
    const full = await registry.deviceProblem(waiting.value.user);
    return full === undefined ? decide(waiting.value, name.value) : refuse(registryProblem(full));
  }));
  app.post('/console/v1/pairing/deny', answering(pairingBodies.look, 204, async (body, request) => {
    const waiting = await waitingOf(request, body.code);
    return waiting.ok ? decide(waiting.value) : waiting;
  }));
}
