import type { z } from 'zod';

import { consoleSchemas as schemas } from '../console/schemas.js';
import type { Problem } from '../problem.js';
import { bodyOf, object, page, trouble } from './operation.js';
import type { Answer, Operation, Operations, Parameter } from './operation.js';

type Problems = Readonly<Record<number, readonly Problem['code'][]>>;

const nothing: Answer = { about: 'done' };

/** For whoever comes. */
function open(summary: string, operation: Partial<Operation>, problems: Problems = {}): Operation {
  return { audience: 'Pages', summary, answers: {}, ...operation, problems: { 503: trouble, ...problems } };
}

/** For who is signed in. */
function own(summary: string, operation: Partial<Operation>, problems: Problems = {}): Operation {
  return open(summary, { security: 'session', ...operation }, { 401: ['sign-in-required'], ...problems });
}

/** It changes something: shown to be no forgery, with a body that is checked. */
function change(of: typeof open, summary: string, schema: z.ZodType, status: number, answer: Answer, more: Partial<Operation> = {}, problems: Problems = {}): Operation {
  return of(
    summary,
    { body: bodyOf(schema), answers: { [status]: answer }, ...more },
    { 403: ['forged-request'], 415: ['unsupported-media-type'], ...problems, 400: ['bad-request', ...(problems[400] ?? [])] },
  );
}

const entered = object('signed in, in a session with a new CSRF token', 'user', 'csrf');
const passkeyOptions: Answer = { about: 'options as WebAuthn\'s `parse…OptionsFromJSON()` takes them', schema: { type: 'object' } };
const ownApp: Readonly<Record<string, Parameter>> = { id: { about: 'an app that the user registered', required: true } };
const uid: Readonly<Record<string, Parameter>> = { uid: { about: 'the user\'s name for this app', required: true } };
const device: Readonly<Record<string, Parameter>> = { id: { about: 'the device', required: true } };
const often = { 429: ['rate-limited'] } as const;

export const consoleOperations: Operations = {
  'GET /console/v1/session': open('Who is signed in, and the CSRF token of the session', {
    about: 'Every other method than GET wants this token in the header `x-csrf-token`, with the cookie that comes along.',
    answers: { 200: object('`user` is null where nobody is; `passkeys`: whether browsers can have some for this address', 'user', 'csrf', 'issuer', 'mqtt', 'passkeys') },
  }),
  'POST /console/v1/sign-in/password': change(open, 'Sign in', schemas.signInByPassword, 200, entered, {}, {
    ...often, 401: ['wrong-credentials'], 503: [...trouble, 'busy'],
  }),
  'POST /console/v1/sign-in/passkey/options': change(open, 'What a browser is asked for a passkey', schemas.nothing, 200, passkeyOptions, {}, { 409: ['passkeys-unavailable'] }),
  'POST /console/v1/sign-in/passkey': change(open, 'Sign in with a passkey', schemas.signInByPasskey, 200, entered, {}, {
    ...often, 401: ['wrong-credentials'], 409: ['passkeys-unavailable'],
  }),
  'POST /console/v1/invitation': change(open, 'What a one-time link is for', schemas.invitation, 200, object('`name` where the account is there', 'kind', 'operator'), {}, {
    ...often, 410: ['bad-invitation'],
  }),
  'POST /console/v1/sign-up/passkey/options': change(open, 'What a browser is asked for the passkey of a new account', schemas.signUpOptions, 200, passkeyOptions, {}, {
    ...often, 409: ['passkeys-unavailable'], 410: ['bad-invitation'],
  }),
  'POST /console/v1/sign-up': change(open, 'Make an account, or give one a new way in, with a one-time link', schemas.signUp, 201, entered, {}, {
    ...often, 400: ['bad-name', 'bad-password', 'bad-passkey'], 409: ['name-taken', 'passkeys-unavailable', 'too-many-passkeys'], 410: ['bad-invitation'],
    503: [...trouble, 'busy'],
  }),
  'POST /console/v1/sign-out': change(own, 'Sign out', schemas.nothing, 204, nothing),
  'GET /console/v1/credentials': own('How one signs in', { answers: { 200: object('whether there is a password, and which passkeys', 'password', 'passkeys') } }),
  'PUT /console/v1/credentials/password': change(own, 'Set a password; other sessions end', schemas.newPassword, 204, nothing, {}, {
    ...often, 400: ['bad-password'], 403: ['forged-request', 'wrong-credentials'], 503: [...trouble, 'busy'],
  }),
  'POST /console/v1/credentials/passkey/options': change(own, 'What a browser is asked for one more passkey', schemas.nothing, 200, passkeyOptions, {}, { 409: ['passkeys-unavailable'] }),
  'POST /console/v1/credentials/passkey': change(own, 'Add a passkey', schemas.newPasskey, 204, nothing, {}, {
    400: ['bad-passkey'], 409: ['passkeys-unavailable', 'too-many-passkeys'],
  }),
  'DELETE /console/v1/credentials/passkey/:id': own('Remove a passkey; other sessions end', {
    path: { id: { about: 'as `GET /console/v1/credentials` lists it', required: true } }, answers: { 204: nothing },
  }, { 400: ['bad-request'], 403: ['forged-request'], 404: ['not-found'], 409: ['last-credential'] }),
  'GET /console/v1/apps': own('The apps that the user allowed, with what each sees now', { answers: { 200: object('', 'apps') } }),
  'PATCH /console/v1/apps/:uid': change(own, 'Pause an app, or say when it may see and ring', schemas.appChange, 200, object('as it is now', 'uid', 'app', 'sees'), { path: uid }, {
    400: ['bad-schedule'], 404: ['unknown-grant'],
  }),
  'POST /console/v1/apps/:uid/revoke': change(own, 'Take an app\'s grant back; twice is once', schemas.nothing, 200, object('', 'uid'), { path: uid }, { 404: ['unknown-grant'] }),
  'GET /console/v1/own-apps': own('Apps that the user registered, and whether they may register more', { answers: { 200: object('', 'allowed', 'apps') } }),
  'POST /console/v1/own-apps': change(own, 'Register an app', schemas.newApp, 201, object('its secret is shown this once', 'id', 'secret', 'name'), {}, {
    400: ['bad-name', 'bad-redirect-uri'], 403: ['forged-request', 'not-allowed-to-register'], 409: ['name-taken', 'too-many-apps'],
  }),
  'PATCH /console/v1/own-apps/:id': change(own, 'Change where an app\'s users are sent back to', schemas.ownAppChange, 200, object('as it is now', 'id', 'redirectUris'), { path: ownApp }, {
    400: ['bad-redirect-uri'], 404: ['unknown-app'],
  }),
  'POST /console/v1/own-apps/:id/domain': change(own, 'Prove that a domain is the app\'s', schemas.domain, 200, object('it is', 'domain'), {
    path: ownApp, about: 'Until the key is found at `/.well-known/lowbeat-app` of the domain the refusal says which key that is.',
  }, { 400: ['bad-domain'], 404: ['unknown-app'], 409: ['domain-unproven'] }),
  'POST /console/v1/own-apps/:id/remove': change(own, 'Remove an app; its grants are revoked', schemas.nothing, 204, nothing, { path: ownApp }, { 404: ['unknown-app'] }),
  'GET /console/v1/devices': own('The user\'s devices, with what their links tell', { answers: { 200: object('', 'devices') } }),
  'POST /console/v1/devices': change(own, 'Add a device', schemas.newDevice, 201, object('its token is shown this once', 'id', 'token', 'name', 'mqtt'), {}, {
    400: ['bad-name', 'bad-push-subscription'], 409: ['too-many-devices', 'push-subscription-taken'],
  }),
  'PATCH /console/v1/devices/:id': change(own, 'Rename a device', schemas.deviceName, 200, object('', 'id'), { path: device }, { 400: ['bad-name'], 404: ['unknown-device'] }),
  'POST /console/v1/devices/:id/remove': change(own, 'Remove a device with all that waits for it', schemas.nothing, 204, nothing, { path: device }, { 404: ['unknown-device'] }),
  'GET /console/v1/push-key': own('What a browser subscribes to its push service with', { answers: { 200: object('base64url', 'applicationServerKey') } }, { 404: ['not-found'] }),
  'GET /console/v1/status': own('What the user says of themself, and what their devices say', { answers: { 200: object('', 'status', 'presence') } }),
  'PATCH /console/v1/status': change(own, 'Say something of oneself', schemas.status, 200, object('as it is now', 'status', 'presence'), {}, { 400: ['bad-zone'], 404: ['unknown-user'] }),
  'GET /console/v1/events': own('Apps, devices and status as server-sent events', {
    about: 'Events `apps`, `devices` and `status` hold what the `GET` of that name answers: all three at the beginning, then those that are different.',
    answers: { 200: { about: 'a stream', type: 'text/event-stream', schema: { type: 'string' } } },
  }, { 429: ['too-many-readers'] }),
  'GET /console/v1/export': own('All that is kept of the user, without secrets', { answers: { 200: object('as a file', 'user', 'apps', 'devices') } }),
  'POST /console/v1/delete': change(own, 'Delete the account and all that belongs to it', schemas.farewell, 204, nothing, {}, { 404: ['unknown-user'] }),
  'GET /console/v1/operator/summary': own('How the gateway is', { answers: { 200: object('', 'version', 'links', 'appConnections') } }, { 403: ['not-operator'] }),
  'GET /console/v1/operator/events': own('How the gateway is, every two seconds, as server-sent events', {
    about: 'Event `gateway`: what `GET /console/v1/operator/summary` answers, with `nowMs` and, since the start, `figures`: accepted, acknowledged, heartbeats, errors by reason, and a histogram of the time to accept.',
    answers: { 200: { about: 'a stream', type: 'text/event-stream', schema: { type: 'string' } } },
  }, { 403: ['not-operator'], 429: ['too-many-readers'] }),
  'GET /console/v1/operator/users': own('Users', { query: page, answers: { 200: object('a page', 'items') } }, { 400: ['bad-request', 'bad-range'], 403: ['not-operator'] }),
  'GET /console/v1/operator/apps': own('Apps', { query: page, answers: { 200: object('a page', 'items') } }, { 400: ['bad-request', 'bad-range'], 403: ['not-operator'] }),
  'POST /console/v1/operator/invitations': change(own, 'Make a one-time token for a new account, or for one that is there', schemas.newInvitation, 201, object('shown this once', 'token', 'expiresAtMs', 'url'), {}, {
    403: ['forged-request', 'not-operator'], 404: ['unknown-user'], 409: ['too-many-invitations'],
  }),
};
