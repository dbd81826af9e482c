// Signing in and up, and out; and, once signed in, how one signs in. Every request but GET was shown to be no forgery before.

import type { FastifyInstance } from 'fastify';

import { limits } from '../../core/limits.js';
import { done } from '../../gateway/outcome.js';
import type { Clock } from '../../ports/clock.js';
import { answering, mqttUrlOf } from '../console/requests.js';
import type { SignedInOf } from '../console/requests.js';
import { consoleSchemas as schemas } from '../console/schemas.js';
import { refuse } from '../problem.js';
import type { Accounts } from './accounts.js';

export interface AccountRoutesOptions {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly publicUrl: () => string | undefined;
}

/** For whoever comes. */
export function addSignInRoutes(app: FastifyInstance, { accounts, clock, publicUrl }: AccountRoutesOptions): void {
  const { sessions, passkeys } = accounts;

  app.get('/session', async (request, reply) => {
    const signedIn = await sessions.of(request);
    return {
      user: signedIn === undefined ? null : { id: signedIn.user, name: signedIn.name, operator: signedIn.operator },
      csrf: await sessions.csrf(request, reply),
      issuer: publicUrl() ?? null,
      mqtt: mqttUrlOf(publicUrl()),
      passkeys: passkeys.site !== undefined,
    };
  });

  app.post('/sign-in/password', answering(schemas.signInByPassword, 200, (body, request, reply) => accounts.signInByPassword(request, reply, body)));
  app.post('/sign-in/passkey/options', answering(schemas.nothing, 200, async (_body, request) => {
    const place = accounts.passkeyPlace(request);
    return place.ok ? done(await passkeys.requestOptions(place.value)) : place;
  }));
  app.post('/sign-in/passkey', answering(schemas.signInByPasskey, 200, ({ response }, request, reply) =>
    accounts.signInByPasskey(request, reply, response)));

  app.post('/invitation', answering(schemas.invitation, 200, async ({ token }, request) => {
    const tooOften = accounts.limits.fromAddress(request.ip, clock.nowMs());
    if (tooOften !== undefined) return refuse(tooOften);
    const found = await accounts.invitation(token);
    if (!found.ok) return found;
    const { user, operator, name } = found.value;
    return done({ kind: user === undefined ? 'invitation' : 'recovery', operator, ...(name !== undefined && { name }) });
  }));
  app.post('/sign-up/passkey/options', answering(schemas.signUpOptions, 200, async ({ token: invitation, name }, request) => {
    const tooOften = accounts.limits.fromAddress(request.ip, clock.nowMs());
    if (tooOften !== undefined) return refuse(tooOften);
    const found = await accounts.invitation(invitation);
    if (!found.ok) return found;
    const place = accounts.passkeyPlace(request);
    return place.ok ? done(await passkeys.creationOptions(place.value, { name: found.value.name ?? name, known: [] })) : place;
  }));
  app.post('/sign-up', answering(schemas.signUp, 201, ({ token, name, password, passkey }, request, reply) =>
    accounts.signUp(request, reply, { token, name, ...(password !== undefined && { password }), ...(passkey !== undefined && { passkey }) })));
}

/** For who is signed in. */
export function addCredentialRoutes(app: FastifyInstance, options: AccountRoutesOptions & { readonly signedInOf: SignedInOf }): void {
  const { accounts, signedInOf } = options;
  const { sessions, passkeys, credentials } = accounts;

  app.post('/sign-out', answering(schemas.nothing, 204, async (_body, request, reply) => {
    await sessions.end(signedInOf(request));
    sessions.clearCookie(reply);
    return done(undefined);
  }));

  app.get('/credentials', async (request) => {
    const { user } = signedInOf(request);
    const own = await credentials.passkeys(user);
    return {
      password: await credentials.passwordHash(user) !== undefined,
      passkeys: [...own].map(([id, { name, createdAtMs, usedAtMs }]) => ({ id, name, createdAtMs, ...(usedAtMs !== undefined && { usedAtMs }) })),
    };
  });
  app.put('/credentials/password', answering(schemas.newPassword, 204, ({ current, password }, request) =>
    accounts.setPassword(signedInOf(request), { password, ...(current !== undefined && { current }) }, request.ip)));
  app.post('/credentials/passkey/options', answering(schemas.nothing, 200, async (_body, request) => {
    const { user, name } = signedInOf(request);
    const place = accounts.passkeyPlace(request);
    if (!place.ok) return place;
    const known = [...(await credentials.passkeys(user)).values()].slice(0, limits.passkeysPerUser);
    return done(await passkeys.creationOptions(place.value, { name, known }));
  }));
  app.post('/credentials/passkey', answering(schemas.newPasskey, 204, (body, request) => accounts.addPasskey(request, signedInOf(request), body)));
  app.delete<{ Params: { readonly id: string } }>('/credentials/passkey/:id', (request, reply) =>
    answering(schemas.nothing, 204, () => accounts.removePasskey(signedInOf(request), request.params.id))(request, reply));
}
