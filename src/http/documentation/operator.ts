import type { z } from 'zod';

import { adminSchemas } from '../admin-routes.js';
import { consoleSchemas } from '../console/schemas.js';
import type { Problem } from '../problem.js';
import { bodyOf, object, objectOf, page, trouble } from './operation.js';
import type { Answer, Operation, Operations, Parameter } from './operation.js';

type Problems = Readonly<Record<number, readonly Problem['code'][]>>;

function operator(operation: Omit<Operation, 'audience' | 'security'>, problems: Problems = {}): Operation {
  return { ...operation, audience: 'Operator', security: 'adminToken', problems: { 401: ['unauthorized'], 503: trouble, ...problems } };
}

function add(summary: string, schema: z.ZodType, answer: Answer, problems: Problems): Operation {
  return operator({ summary, body: bodyOf(schema), answers: { 201: answer } }, { 415: ['unsupported-media-type'], ...problems });
}

function list(summary: string, item: readonly string[], query: Readonly<Record<string, Parameter>> = {}, problems: Problems = {}): Operation {
  const schema = {
    type: 'object',
    required: ['items'],
    properties: { items: { type: 'array', items: objectOf(item) }, next: { type: 'string', description: 'absent on the last page' } },
  };
  return operator({ summary, query: { ...page, ...query }, answers: { 200: { about: 'a page', schema } } }, { 400: ['bad-request', 'bad-range'], ...problems });
}

function remove(summary: string, which: string, unknown: Problem['code']): Operation {
  return operator({ summary, path: { which: { about: which, required: true } }, answers: { 204: { about: 'it is gone' } } }, { 404: [unknown] });
}

const ofUser: Parameter = { about: 'only of this user (name or id)' };
const ofApp: Parameter = { about: 'only of this app (name or id)' };

export const operatorOperations: Operations = {
  'GET /admin/v1/status': operator({
    summary: 'How the gateway is', answers: { 200: object('now', 'version', 'startedAtMs', 'uptimeSeconds', 'links', 'appConnections', 'unready') },
  }),
  'POST /admin/v1/users': add('Add a user', adminSchemas.addUser, object('added', 'id', 'name'), {
    400: ['bad-request', 'bad-name'], 409: ['name-taken'],
  }),
  'GET /admin/v1/users': list('Users', ['id', 'name', 'createdAtMs']),
  'DELETE /admin/v1/users/:which': remove('Remove a user with everything that is theirs', 'name or id', 'unknown-user'),
  'POST /admin/v1/devices': add('Add a device', adminSchemas.addDevice, object('its token is shown this once', 'id', 'token', 'user', 'name'), {
    400: ['bad-request', 'bad-name', 'bad-push-subscription'],
    404: ['unknown-user'], 409: ['too-many-devices', 'push-subscription-taken'],
  }),
  'GET /admin/v1/devices': list('Devices', ['id', 'user', 'name', 'minimumUrgency', 'createdAtMs', 'push'], { user: ofUser }, { 404: ['unknown-user'] }),
  'DELETE /admin/v1/devices/:which': remove('Remove a device with all that waits for it', 'id', 'unknown-device'),
  'POST /admin/v1/apps': add('Add an app', adminSchemas.addApp, object('its secret is shown this once', 'id', 'secret', 'name'), {
    400: ['bad-request', 'bad-name', 'bad-redirect-uri'], 409: ['name-taken'],
  }),
  'GET /admin/v1/apps': list('Apps, with the `domain` and `webhook` of those that have one', ['id', 'name', 'createdAtMs']),
  'PATCH /admin/v1/apps/:which': operator({
    summary: 'Say where an app is told of presence; deactivate it, or let it in again',
    about: 'Webhooks: docs/presence.md. The same URL again begins anew, and has the same secret. An app that is deactivated is disconnected, gets nothing and sends nothing; what waits for it waits.',
    path: { which: { about: 'name or id', required: true } }, body: bodyOf(adminSchemas.changeApp),
    answers: { 200: object('`webhookSecret` is there with a URL', 'id', 'name') },
  }, { 400: ['bad-request', 'bad-webhook'], 404: ['unknown-app'], 415: ['unsupported-media-type'] }),
  'POST /admin/v1/apps/:which/domain': operator({
    summary: 'Prove that a domain is the app\'s', about: 'Until the key is found at `/.well-known/lowbeat-app` of the domain the refusal says which key that is.',
    path: { which: { about: 'name or id', required: true } }, body: bodyOf(consoleSchemas.domain), answers: { 200: object('it is', 'domain') },
  }, { 400: ['bad-request', 'bad-domain'], 404: ['unknown-app'], 409: ['domain-unproven'], 415: ['unsupported-media-type'] }),
  'DELETE /admin/v1/apps/:which': remove('Remove an app; its grants are revoked', 'name or id', 'unknown-app'),
  'POST /admin/v1/grants': add('Let an app notify or see a user', adminSchemas.addGrant, object('the uid stays the same when it is given again', 'uid', 'user', 'app', 'scopes'), {
    400: ['bad-request', 'bad-scopes'], 404: ['unknown-user', 'unknown-app'],
  }),
  'GET /admin/v1/grants': list(
    'Grants that stand', ['uid', 'user', 'app', 'scopes', 'paused', 'createdAtMs'], { user: ofUser, app: ofApp }, { 404: ['unknown-user', 'unknown-app'] },
  ),
  'DELETE /admin/v1/grants/:which': remove('Revoke a grant; its uid never comes back', 'uid', 'unknown-grant'),
  'POST /admin/v1/invitations': add('Make a one-time token for an account of the pages', consoleSchemas.newInvitation, object('shown this once', 'token', 'expiresAtMs', 'url'), {
    400: ['bad-request'], 404: ['unknown-user'], 409: ['too-many-invitations'],
  }),
  'POST /admin/v1/send': add('Send a notification in the name of the app that a uid belongs to', adminSchemas.send, object('kept', 'accepted'), {
    400: ['bad-request', 'bad-option'], 403: ['not-allowed'], 404: ['unknown-destination'], 410: ['revoked'], 413: ['payload-too-large'], 429: ['rate-limited'],
  }),
  'POST /admin/v1/backup': operator({
    summary: 'The whole store at one instant, as a file',
    answers: { 200: { about: 'for lowbeat restore', type: 'application/octet-stream', schema: { type: 'string', format: 'binary' } } },
  }),
};
