// OAuth 2 for apps: oidc-provider below /oauth, and what the consent page asks and says.

import cookies from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { InteractionResults, Provider } from 'oidc-provider';
import * as z from 'zod';

import type { AppId } from '../../core/ids.js';
import type { Log } from '../../ports/log.js';
import { scopes as knownScopes } from '../../gateway/registry.js';
import { TokenBuckets } from '../../gateway/token-buckets.js';
import { limits } from '../../core/limits.js';
import { networkOf } from '../client-address.js';
import { scheduleProblem } from '../../core/presence/windows.js';
import { scheduleSchema } from '../console/schemas.js';
import { registryProblem, sendProblem } from '../problem.js';
import type { Problem } from '../problem.js';
import { validate } from '../validation.js';
import { addPairingRoutes } from './pairing-routes.js';
import { Pairings } from './pairings.js';
import { createProvider } from './provider.js';
import type { ProviderOptions } from './provider.js';
import { nobody } from './sessions.js';
import type { SessionsForAuthorization } from './sessions.js';

/** An authorization that is under way. */
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

export interface AuthorizationOptions extends ProviderOptions {
  readonly sessions: SessionsForAuthorization;
  readonly log: Log;
  /** Known only once the gateway listens. */
  readonly publicUrl: () => string | undefined;
}

/** What the page of an authorization says with a yes. */
export const allowBody = z.strictObject({
  scopes: z.array(z.enum(['notify', 'presence', 'presence.idle'], 'notify, presence or presence.idle'), 'a list of scopes').optional(),
  schedule: scheduleSchema.nullable().optional(),
  followsPhone: z.boolean('true or false').optional(),
  outside: z.enum(['hold', 'drop'], 'hold or drop').optional(),
}, 'a JSON object');
const gone: Problem = { status: 404, code: 'not-found', detail: 'this authorization is over; go back to the app and begin again' };
const tooMany: Problem = { status: 429, code: 'too-many-requests', detail: 'too many authorizations or pairings begin at this address' };

export async function addAuthorizationRoutes(app: FastifyInstance, options: AuthorizationOptions): Promise<void> {
  // For the sessions; oidc-provider reads its own.
  await app.register(cookies);
  const { sessions, registry, store, clock } = options;
  const pairings = new Pairings({ store, clock });
  let made: { readonly issuer: string; readonly provider: Promise<Provider> } | undefined;
  const provided = async (): Promise<{ readonly issuer: string; readonly provider: Provider } | undefined> => {
    const issuer = options.publicUrl();
    if (issuer === undefined) return undefined;
    if (made?.issuer !== issuer) made = { issuer, provider: make(issuer) };
    return { issuer, provider: await made.provider };
  };
  const make = (issuer: string): Promise<Provider> => createProvider(issuer, { ...options, pairings }).then((provider) => {
    provider.on('server_error', (_context, error) => options.log.error({ error }, 'authorization failed'));
    return provider;
  }).catch((error: unknown) => {
    made = undefined;
    throw error;
  });

  void app.register((scope, _options, done) => {
    // oidc-provider reads its bodies itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    const toProvider = async ({ raw }: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const ready = await provided();
      if (ready === undefined) {
        await sendProblem(reply, { status: 503, code: 'stopping', detail: 'the gateway does not listen yet' });
        return;
      }
      const { host, protocol } = new URL(ready.issuer);
      raw.headers.host = host;
      raw.headers['x-forwarded-host'] = host;
      raw.headers['x-forwarded-proto'] = protocol.slice(0, -1);
      raw.headers.cookie = withoutSession(raw.headers.cookie);
      reply.hijack();
      await ready.provider.callback()(raw, reply.raw);
    };
    for (const url of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/oauth/jwks']) {
      scope.get(url, toProvider);
    }
    // Anybody may begin one, and each is a document for a while.
    const begun = new TokenBuckets<string>({
      perSecond: limits.oauthBeginningsPerSecond, burst: limits.oauthBeginningBurst, most: limits.oauthBeginningRates,
    });
    const beginning = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const waitSeconds = begun.take(networkOf(request.ip), clock.nowMs());
      if (waitSeconds > 0) return sendProblem(reply, { ...tooMany, retryAfterSeconds: waitSeconds });
      return toProvider(request, reply);
    };
    scope.get('/oauth/authorize', beginning);
    scope.post('/oauth/device', beginning);
    scope.get('/oauth/authorize/:id', toProvider);
    scope.post('/oauth/token', toProvider);
    scope.post('/oauth/revoke', toProvider);
    scope.get('/oauth/userinfo', toProvider);
    done();
  });

  addPairingRoutes(app, { sessions, registry, clock, pairings, provider: async () => (await provided())?.provider });

  /** Of the browser that began it: its cookie says so, and nobody else's link leads there. */
  const interactionOf = async (request: FastifyRequest, reply: FastifyReply): Promise<{
    readonly provider: Provider;
    readonly interaction: Interaction;
  } | undefined> => {
    const ready = await provided();
    const interaction = await ready?.provider.interactionDetails(request.raw, reply.raw).catch(() => undefined);
    const { id } = request.params as { readonly id: string };
    return ready === undefined || interaction?.uid !== id ? undefined : { provider: ready.provider, interaction };
  };
  const finish = async (interaction: Interaction, result: InteractionResults): Promise<{ readonly location: string }> => {
    interaction.result = result;
    await interaction.save(Math.max(1, interaction.exp - Math.floor(clock.nowMs() / 1000)));
    return { location: interaction.returnTo };
  };
  const prefix = '/console/v1/interaction/:id';

  app.get(prefix, async (request, reply) => {
    const found = await interactionOf(request, reply);
    const record = found && (await store.app(found.interaction.params.client_id as AppId));
    if (found === undefined || record === undefined || record.deactivated === true) return sendProblem(reply, gone);
    const account = await sessions.of(request);
    return {
      prompt: account === undefined ? 'login' : 'consent',
      app: { id: record.id, name: record.name, ...(record.domain !== undefined && { domain: record.domain }) },
      scopes: wantedBy(found.interaction),
      account: account === undefined ? null : { name: account.name },
    };
  });

  app.post(`${prefix}/allow`, async (request, reply) => {
    const forgery = await sessions.forgery(request);
    if (forgery !== undefined) return sendProblem(reply, forgery);
    const account = await sessions.of(request);
    if (account === undefined) return sendProblem(reply, nobody);
    const found = await interactionOf(request, reply);
    if (found === undefined) return sendProblem(reply, gone);
    const body = validate(allowBody, request.body ?? {});
    if (!body.ok) return sendProblem(reply, body.problem);
    const { provider, interaction } = found;
    const clientId = interaction.params.client_id as AppId;
    const record = await store.app(clientId);
    if (record === undefined || record.deactivated === true) return sendProblem(reply, gone);
    const wanted = wantedBy(interaction);
    const allowed = wanted.filter((scope) => body.value.scopes?.includes(scope) ?? true);
    const { schedule, followsPhone, outside } = body.value;
    const wrong = schedule ? scheduleProblem(schedule) : undefined;
    if (wrong !== undefined) return sendProblem(reply, registryProblem({ code: 'bad-schedule', message: wrong }));
    const times = {
      ...(schedule && { schedule }), ...(followsPhone === true && { followsPhone: true as const }), ...(outside === 'drop' && { outside: 'drop' as const }),
    };
    const granted = await registry.addGrant({ user: account.user, app: clientId, scopes: allowed, times });
    if (!granted.ok) return sendProblem(reply, registryProblem(granted.error));
    const { uid } = granted.value;
    const grant = new provider.Grant({ accountId: uid, clientId });
    const plain = scopeWords(interaction).filter((word) => !wanted.some((scope) => scope === word));
    grant.addOIDCScope([...plain, ...allowed].join(' '));
    // What the user took away must not be asked for again at once.
    const rejected = wanted.filter((scope) => !allowed.includes(scope));
    if (rejected.length > 0) grant.rejectOIDCScope(rejected.join(' '));
    const grantId = await grant.save();
    return finish(interaction, { login: { accountId: uid, remember: false }, consent: { grantId } });
  });

  app.post(`${prefix}/deny`, async (request, reply) => {
    const forgery = await sessions.forgery(request);
    if (forgery !== undefined) return sendProblem(reply, forgery);
    const found = await interactionOf(request, reply);
    if (found === undefined) return sendProblem(reply, gone);
    return finish(found.interaction, { error: 'access_denied', error_description: 'the user did not allow it' });
  });
}

function scopeWords({ params }: Interaction): string[] {
  return typeof params.scope === 'string' ? params.scope.split(' ') : [];
}

function wantedBy(interaction: Interaction): (typeof knownScopes)[number][] {
  const words = scopeWords(interaction);
  return knownScopes.filter((scope) => words.includes(scope));
}

/** Who is signed in is for Lowbeat's own session to say: one of oidc-provider would outlive it. */
function withoutSession(cookie: string | undefined): string {
  return (cookie ?? '').split(';').filter((part) => !/^\s*_session(\.|=)/.test(part)).join(';');
}
