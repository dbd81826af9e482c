// What requests of the pages look like.

import { z } from 'zod';

import { limits } from '../../core/limits.js';
import type { Weekday } from '../../core/presence/windows.js';

const object = 'a JSON object';
const text = (what: string, most: number) => z.string(`${what}, as text`).max(most, `${what} of at most ${most} characters`);
const token = text('the part of the link after #', 256);
const name = text('a name', limits.nameCharacters);
// How long one may be is said when it is looked at; a body is bounded.
const password = z.string('a password, as text');
const passkey = z.record(z.string(), z.unknown(), 'what the browser gave, as PublicKeyCredential.toJSON() writes it');
const minute = (least: number) => z.int(`minutes after midnight, ${least} to ${1_439 + least}`);
const day = z.int('1 (Monday) to 7 (Sunday)').min(1, '1 (Monday) to 7 (Sunday)').max(7, '1 (Monday) to 7 (Sunday)').transform((number) => number as Weekday);
const flag = z.boolean('true or false');
const redirectUris = z.array(z.string('a URL'), 'a list of URLs').min(1, 'at least one URL');

/** As `PushSubscription.toJSON()` gives it; what else is in it says nothing here. */
export const pushSubscription = z.object({
  endpoint: z.string('an https URL, as text'),
  keys: z.object({ p256dh: z.string('base64url, as text'), auth: z.string('base64url, as text') }, object),
}, object);

export const scheduleSchema = z.strictObject({
  zone: text('a zone', limits.zoneCharacters),
  windows: z.array(z.strictObject({ days: z.array(day, 'a list of days').max(7, 'at most 7 days'), startMinute: minute(0), endMinute: minute(1) }, object), 'a list of windows')
    .max(limits.windowsPerGrant, `at most ${limits.windowsPerGrant} windows`),
}, object);

const oneCredential = (body: { readonly password?: unknown; readonly passkey?: unknown }): boolean =>
  (body.password === undefined) !== (body.passkey === undefined);

export const consoleSchemas = {
  nothing: z.strictObject({}, object),
  signInByPassword: z.strictObject({ name: z.string('a name, as text'), password }, object),
  signInByPasskey: z.strictObject({ response: passkey }, object),
  invitation: z.strictObject({ token }, object),
  signUpOptions: z.strictObject({ token, name }, object),
  signUp: z.strictObject({ token, name, password: password.optional(), passkey: passkey.optional() }, object)
    .refine(oneCredential, { message: 'exactly one of password and passkey', path: ['password'] }),
  newPasskey: z.strictObject({ name, response: passkey }, object),
  newPassword: z.strictObject({ current: password.optional(), password }, object),
  appChange: z.strictObject({
    paused: flag.optional(), schedule: scheduleSchema.nullable().optional(), followsPhone: flag.optional(), outside: z.enum(['hold', 'drop'], 'hold or drop').optional(),
  }, object),
  deviceName: z.strictObject({ name }, object),
  newDevice: z.strictObject({
    name,
    push: pushSubscription.optional(),
  }, object),
  status: z.strictObject({
    status: z.enum(['available', 'away', 'invisible'], 'available, away or invisible').optional(), zone: text('a zone', limits.zoneCharacters).optional(),
  }, object),
  newApp: z.strictObject({ name, redirectUris }, object),
  ownAppChange: z.strictObject({ redirectUris }, object),
  domain: z.strictObject({ domain: z.string('a name such as chat.example.org, as text') }, object),
  farewell: z.strictObject({ name }, object),
  newInvitation: z.strictObject({ operator: flag.default(false), user: name.optional() }, object),
} as const;
