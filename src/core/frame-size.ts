// How many bytes a frame takes on the wire, without encoding it: schemas/link.proto in protobuf's arithmetic.
// Senders split by it, the heartbeat controller and the simulator count with it. Never below what the codec writes,
// and equal where no field is empty.

import type {
  Confirmation,
  DownFrame,
  NotificationItem,
  Registration,
  Rejection,
  Settings,
  UpFrame,
  UpstreamMessage,
} from './frames.js';
import { closeReasons } from './frames.js';

export function upFrameBytes(frame: UpFrame): number {
  let bytes = unknownBytes(frame.unknown) + packedBytes(frame.acks) + packedBytes(frame.removals);
  // Seven status bits: one byte.
  if (frame.heartbeat !== undefined) bytes += 2 + numberBytes(frame.heartbeat.promiseSeconds);
  for (const registration of frame.registrations ?? []) bytes += registrationBytes(registration);
  for (const message of frame.messages ?? []) bytes += upstreamMessageBytes(message);
  return frame.settings === undefined ? bytes : bytes + settingsBytes(frame.settings);
}

export function downFrameBytes(frame: DownFrame): number {
  let bytes = unknownBytes(frame.unknown);
  for (const item of frame.notifications ?? []) bytes += notificationBytes(item);
  for (const confirmation of frame.confirmations ?? []) bytes += confirmationBytes(confirmation);
  for (const rejection of frame.rejections ?? []) bytes += rejectionBytes(rejection);
  if (frame.advice !== undefined) bytes += lengthBytes(numberBytes(frame.advice.freshnessSeconds));
  if (frame.close !== undefined) {
    const { reason, notBeforeSeconds } = frame.close;
    bytes += lengthBytes(numberBytes(closeReasons[reason]) + numberBytes(notBeforeSeconds));
  }
  return bytes;
}

/** As a further item of a frame; the first one may take two bytes less. */
export function notificationBytes(item: NotificationItem): number {
  const missed = item.missed > 0 ? numberBytes(item.missed) : 0;
  return lengthBytes(numberBytes(item.id) + numberBytes(item.alias) + lengthBytes(item.data.length) + missed);
}

export function confirmationBytes({ request, alias, subscription, endpoint }: Confirmation): number {
  const text = textBytes(subscription) + (endpoint === undefined ? 0 : textBytes(endpoint));
  return lengthBytes(numberBytes(request) + numberBytes(alias) + text);
}

export function rejectionBytes({ request, message }: Rejection): number {
  // Codes are below 128: one byte and its tag.
  return lengthBytes(numberBytes(request ?? message ?? 0) + 2);
}

export function registrationBytes({ request, app, applicationServerKey }: Registration): number {
  const key = applicationServerKey === undefined ? 0 : lengthBytes(applicationServerKey.length);
  return lengthBytes(numberBytes(request) + textBytes(app) + key);
}

export function upstreamMessageBytes({ id, alias, data }: UpstreamMessage): number {
  return lengthBytes(numberBytes(id) + numberBytes(alias) + lengthBytes(data.length));
}

export function settingsBytes({ minimumUrgency, network, flowSeconds }: Settings): number {
  let bytes = minimumUrgency === undefined ? 0 : 2;
  if (network !== undefined) bytes += lengthBytes(network.length);
  if (flowSeconds !== undefined) bytes += numberBytes(flowSeconds);
  return lengthBytes(bytes);
}

/** Bytes of `value` as an item of a packed list. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/**
 * An MQTT PUBLISH with QoS 1 on a topic of one character: fixed header, topic, packet id, frame
 * (MQTT 3.1.1 §2.2, §3.3; the length is coded as a varint of the same shape).
 */
export function publishBytes(frameBytes: number): number {
  const rest = 5 + frameBytes;
  return 1 + varintBytes(rest) + rest;
}

/** A tag and a number; every tag of the schema is one byte. */
function numberBytes(value: number): number {
  return 1 + varintBytes(value);
}

/** A tag, a length and so many bytes. */
function lengthBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

function packedBytes(values: readonly number[] | undefined): number {
  if (values === undefined) return 0;
  let bytes = 0;
  for (const value of values) bytes += varintBytes(value);
  return lengthBytes(bytes);
}

function unknownBytes(fields: readonly Uint8Array[] | undefined): number {
  let bytes = 0;
  for (const field of fields ?? []) bytes += field.length;
  return bytes;
}

function textBytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return lengthBytes(bytes);
}
