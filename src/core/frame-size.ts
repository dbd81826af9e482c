// How many bytes a frame takes on the wire, exactly, without encoding it: schemas/link.proto in protobuf's arithmetic.
// Senders split by it, the heartbeat controller and the simulator count with it; test/wire holds it against the encoder.

import { closeReasons, rejectionCodes, urgencies } from './frames.js';
import type {
  Advice, Close, Confirmation, DownFrame, Extensible, Handled, NotificationItem, Registration, Rejection, Settings, UpFrame,
  UpstreamMessage,
} from './frames.js';

export function upFrameBytes(frame: UpFrame): number {
  const { heartbeat, acks, registrations, removals, messages, settings, handled, cleared } = frame;
  let bytes = unknownBytes(frame);
  if (heartbeat !== undefined) bytes += heartbeatBytes(heartbeat.promiseSeconds);
  if (acks !== undefined) bytes += numberListBytes(acks);
  if (removals !== undefined) bytes += numberListBytes(removals);
  for (const item of registrations ?? []) bytes += registrationBytes(item);
  for (const item of messages ?? []) bytes += upstreamMessageBytes(item);
  if (settings !== undefined) bytes += settingsBytes(settings);
  for (const item of handled ?? []) bytes += handledBytes(item);
  if (cleared !== undefined) bytes += numberListBytes(cleared);
  return bytes;
}

export function downFrameBytes(frame: DownFrame): number {
  const { notifications, confirmations, rejections, advice, close, clears } = frame;
  let bytes = unknownBytes(frame);
  for (const [index, item] of (notifications ?? []).entries()) {
    bytes += index === 0 && fitsInline(item) ? inlineNotificationBytes(item) : notificationBytes(item);
  }
  for (const item of confirmations ?? []) bytes += confirmationBytes(item);
  for (const item of rejections ?? []) bytes += rejectionBytes(item);
  if (advice !== undefined) bytes += adviceBytes(advice);
  if (close !== undefined) bytes += closeBytes(close);
  for (const item of clears ?? []) bytes += handledBytes(item);
  return bytes;
}

/** Whether a frame's first notification can stand in the frame itself, which has no place for the rest. */
export function fitsInline(item: NotificationItem): boolean {
  return item.missed === 0 && item.unknown === undefined;
}

/** As the first of a frame that `fitsInline`: two bytes or more below `notificationBytes`. */
export function inlineNotificationBytes(item: NotificationItem): number {
  return numberBytes(item.id) + numberBytes(item.alias) + bytesBytes(item.data.length);
}

/** As any but the first of a frame; an upper bound for the first. */
export function notificationBytes(item: NotificationItem): number {
  const missedBytes = numberBytes(item.missed) + numberBytes(item.missedFrom ?? 0);
  return itemBytes(inlineNotificationBytes(item) + missedBytes + unknownBytes(item));
}

export function heartbeatBytes(promiseSeconds: number): number {
  // Every status is below 128.
  return 2 + numberBytes(promiseSeconds);
}

/** Up or down. */
export function handledBytes(item: Handled): number {
  return itemBytes(numberBytes(item.alias) + numberListBytes(item.ids) + unknownBytes(item));
}

/** Acks or removals: packed. */
export function numberListBytes(numbers: readonly number[]): number {
  if (numbers.length === 0) return 0;
  let bytes = 0;
  for (const number of numbers) bytes += varintBytes(number);
  return itemBytes(bytes);
}

export function registrationBytes(item: Registration): number {
  return itemBytes(numberBytes(item.request) + textBytes(item.app)
    + bytesBytes(item.applicationServerKey?.length ?? 0) + unknownBytes(item));
}

export function upstreamMessageBytes(item: UpstreamMessage): number {
  return itemBytes(numberBytes(item.id) + numberBytes(item.alias) + bytesBytes(item.data.length) + unknownBytes(item));
}

export function settingsBytes(item: Settings): number {
  const { minimumUrgency, network, flowSeconds = 0 } = item;
  // An optional field is written even when it is 0.
  const urgency = minimumUrgency === undefined ? 0 : 1 + varintBytes(urgencies.indexOf(minimumUrgency));
  return itemBytes(urgency + bytesBytes(network?.length ?? 0) + numberBytes(flowSeconds) + unknownBytes(item));
}

export function confirmationBytes(item: Confirmation): number {
  return itemBytes(numberBytes(item.request) + numberBytes(item.alias) + textBytes(item.subscription)
    + textBytes(item.endpoint ?? '') + unknownBytes(item));
}

export function rejectionBytes(item: Rejection): number {
  return itemBytes(numberBytes(item.request ?? 0) + numberBytes(item.message ?? 0)
    + numberBytes(rejectionCodes[item.code]) + unknownBytes(item));
}

export function adviceBytes(item: Advice): number {
  // An optional number is written even when it is 0.
  const freshness = item.freshnessSeconds === undefined ? 0 : 1 + varintBytes(item.freshnessSeconds);
  const fleet = item.fleet === undefined ? 0 : bytesBytes(item.fleet.length);
  return itemBytes(freshness + fleet + unknownBytes(item));
}

export function closeBytes(item: Close): number {
  return itemBytes(numberBytes(closeReasons[item.reason]) + numberBytes(item.notBeforeSeconds) + unknownBytes(item));
}

/** Of an unsigned number below 2^32: 7 bits a byte. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Of well-formed text, in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // Below U+0080 one byte, below U+0800 two; half of a surrogate pair stands for two of its four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/**
 * An MQTT PUBLISH on a topic of one character: fixed header, topic, with QoS 1 a packet id, frame
 * (MQTT 3.1.1 §2.2, §3.3; the length is coded as a varint of the same shape).
 */
export function publishBytes(frameBytes: number, qos: 0 | 1): number {
  const rest = 3 + 2 * qos + frameBytes;
  return 1 + varintBytes(rest) + rest;
}

// Every field number of the schema is below 16, so a tag is one byte. A field that is 0 or empty is not written.

function numberBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

function bytesBytes(length: number): number {
  return length === 0 ? 0 : 1 + varintBytes(length) + length;
}

function textBytes(text: string): number {
  return bytesBytes(utf8Bytes(text));
}

/** A nested message or a packed list with its tag and length; it is written even when it is empty. */
function itemBytes(content: number): number {
  return 1 + varintBytes(content) + content;
}

function unknownBytes(item: Extensible): number {
  let bytes = 0;
  for (const field of item.unknown ?? []) bytes += field.length;
  return bytes;
}
