// A Matrix notification as a homeserver sends it, and what a device gets of it: all that fits.

import { z } from 'zod';

import { limits } from '../../core/limits.js';

/** Longest identifier of the specification (appendices, 4.2), in characters. */
const mostIdentifierCharacters = 255;
const identifier = z.string('a string').max(mostIdentifierCharacters, `${mostIdentifierCharacters} characters at most`).nullish();
const count = z.number('a number').nullish();
const { endpointCharacters, matrixDevices } = limits;

/** What is needed of a notification; the rest of it is passed on as it is. */
export const notificationSchema = z.looseObject({
  event_id: identifier,
  room_id: identifier,
  prio: z.string('high or low').nullish(),
  counts: z.looseObject({ unread: count, missed_calls: count }, 'an object').nullish(),
  devices: z
    .array(
      z.looseObject({
        app_id: z.string('a string'),
        pushkey: z.string('the endpoint of a device').max(endpointCharacters, `${endpointCharacters} characters at most`),
      }, 'an object with app_id and pushkey'),
      'a list of devices',
    )
    .min(1, 'at least one device')
    .max(matrixDevices, `${matrixDevices} devices at most`),
}, 'an object with devices');

export type MatrixNotification = z.output<typeof notificationSchema>;
export type MatrixDevice = MatrixNotification['devices'][number];

const encoder = new TextEncoder();

/**
 * `{"notification": …}` with this device as the only one of `devices`, for no endpoint is told of another. Above
 * `limits.payloadBytes` the content goes first, then all but what the format `event_id_only` has; an app can ask its
 * homeserver for the rest.
 */
export function fittingPayload(notification: MatrixNotification, device: MatrixDevice): Uint8Array {
  for (const make of forms) {
    const text = jsonText({ notification: make(notification, device) });
    const bytes = text === undefined ? undefined : encoder.encode(text);
    if (bytes !== undefined && bytes.length <= limits.payloadBytes) return bytes;
  }
  // Two identifiers of 255 characters, each of at most 6 bytes in JSON, and four short values.
  throw new Error('a Matrix notification without all that is optional is too large');
}

type Form = (notification: MatrixNotification, device: MatrixDevice) => object;

const forms: readonly Form[] = [
  (notification, device) => ({ ...notification, devices: [device] }),
  (notification, device) => ({ ...notification, content: undefined, devices: [device] }),
  (notification, device) => ({ ...essential(notification), devices: [device] }),
  (notification, { app_id, pushkey }) => ({ ...essential(notification), devices: [{ app_id, pushkey }] }),
  (notification) => ({ ...essential(notification), devices: [] }),
];

function essential({ event_id, room_id, counts, prio }: MatrixNotification): object {
  return {
    event_id,
    room_id,
    ...(counts && { counts: { unread: counts.unread, missed_calls: counts.missed_calls } }),
    ...(prio === 'low' && { prio }),
  };
}

/** Undefined for what is nested deeper than can be written. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
