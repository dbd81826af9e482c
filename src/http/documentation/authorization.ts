import { z } from 'zod';

import { allowBody } from '../authorization/authorization-routes.js';
import { pairingBodies } from '../authorization/pairing-routes.js';
import { bodyOf, object } from './operation.js';
import type { Answer, Operation, Operations } from './operation.js';

const audience = 'App servers';
const json = { type: 'object' } as const;
const metadata: Operation = {
  audience, summary: 'Where the endpoints of OAuth 2 are', answers: { 200: { about: 'RFC 8414', schema: json } },
};
const location: Answer = {
  about: 'where the page goes now',
  schema: { type: 'object', required: ['location'], properties: { location: { type: 'string' } } },
};
const pairingProblems = {
  400: ['bad-request'], 401: ['sign-in-required'], 403: ['forged-request'], 404: ['not-found'], 429: ['too-many-requests'],
} satisfies Operation['problems'];
const path = { id: { about: 'the interaction' } };

export const authorizationOperations: Operations = {
  'GET /.well-known/openid-configuration': metadata,
  'GET /.well-known/oauth-authorization-server': metadata,
  'GET /oauth/jwks': { audience, summary: 'The key that ID tokens are signed with', answers: { 200: { about: 'RFC 7517', schema: json } } },
  'GET /oauth/authorize': {
    audience, summary: 'Where an app sends a user', about: 'RFC 6749 §4.1, with PKCE (S256).',
    answers: { 303: { about: 'to the consent page' } }, problems: { 429: ['too-many-requests'] },
  },
  'GET /oauth/authorize/:id': {
    audience, summary: 'Where the consent page sends the user back to', path, answers: { 303: { about: 'to the app, with a code or an error' } },
  },
  'POST /oauth/token': {
    audience, summary: 'Tokens for a code or a refresh token; the token of a device that was paired', security: 'appSecret',
    about: 'A device sends `client_id=lowbeat-device`, its `device_code` and no secret; it is answered as docs/authorization.md tells.',
    answers: { 200: { about: 'RFC 6749 §5.1', schema: json }, 400: { about: 'RFC 6749 §5.2', schema: json } },
  },
  'POST /oauth/device': {
    audience: 'Devices', summary: 'A device asks to be paired',
    about: 'RFC 8628 §3.1, as a form: `client_id=lowbeat-device`, and what to call it in `device_name`.',
    answers: { 200: { about: 'RFC 8628 §3.2', schema: json } }, problems: { 429: ['too-many-requests'] },
  },
  'POST /oauth/revoke': { audience, summary: 'The app ends a token', security: 'appSecret', answers: { 200: { about: 'RFC 7009' } } },
  'GET /oauth/userinfo': { audience, summary: 'The uid of an access token', answers: { 200: { about: '`sub` is the uid', schema: json } } },
  'POST /console/v1/pairing': {
    audience: 'Pages', summary: 'Which device shows a code', security: 'session', body: bodyOf(pairingBodies.look),
    answers: { 200: object('what it is called, and whose it would be', 'name', 'account') }, problems: pairingProblems,
  },
  'POST /console/v1/pairing/allow': {
    audience: 'Pages', summary: 'It becomes a device of the user', security: 'session', body: bodyOf(pairingBodies.allow),
    answers: { 204: { about: 'its next question gets its token' } },
    problems: { ...pairingProblems, 400: ['bad-request', 'bad-name'], 409: ['too-many-devices'] },
  },
  'POST /console/v1/pairing/deny': {
    audience: 'Pages', summary: 'It does not', security: 'session', body: bodyOf(pairingBodies.look),
    answers: { 204: { about: 'it hears so' } }, problems: pairingProblems,
  },
  'GET /console/v1/interaction/:id': {
    audience: 'Pages', summary: 'What an authorization is for', path,
    answers: { 200: { about: 'the app, what it wants, the account', schema: json } }, problems: { 404: ['not-found'] },
  },
  'POST /console/v1/interaction/:id/allow': {
    audience: 'Pages', summary: 'The user allows it', about: 'With the times in which it holds, from the first moment on.', security: 'session', path,
    body: { type: 'application/json', about: 'absent: all that the app asks for, at any time', schema: z.toJSONSchema(allowBody, { io: 'input' }) },
    answers: { 200: location },
    problems: { 400: ['bad-request', 'bad-scopes', 'bad-schedule'], 401: ['sign-in-required'], 403: ['forged-request'], 404: ['not-found'] },
  },
  'POST /console/v1/interaction/:id/deny': {
    audience: 'Pages', summary: 'The user does not allow it', path, answers: { 200: location },
    problems: { 403: ['forged-request'], 404: ['not-found'] },
  },
};
