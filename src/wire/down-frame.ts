// DownFrame of src/core/frames.ts ⇄ DownFrame of schemas/link.proto.

import { lowbeat } from '#gen/link.js';
import { fitsInline } from '../core/frame-size.js';
import { closeReasons, rejectionCodes } from '../core/frames.js';
import type {
  Advice, Close, CloseReason, Confirmation, DownFrame, NotificationItem, Rejection, RejectionCode,
} from '../core/frames.js';
import { limits } from '../core/limits.js';
import type { Mutable } from '../core/mutable.js';
import {
  refuse, requireBytes, requireCount, requireItems, requireNumber, requireText,
} from './field-checks.js';
import { checkHandled, handledMessage, handledOf } from './handled.js';
import { copyOf, readerOf } from './protobuf.js';
import type { Writer } from './protobuf.js';
import { unknownFields, unknownsOf } from './unknown-fields.js';

const { link: wire } = lowbeat;

// The highest field number of each message in schemas/link.proto.
const highest = {
  DownFrame: 10, Notification: 6, Confirmation: 4, Rejection: 3, Advice: 2, Close: 2,
} as const;

const rejectionNames = new Map<number, RejectionCode>(
  Object.entries(rejectionCodes).map(([name, code]) => [code, name as RejectionCode]),
);
const closeNames = new Map<number, CloseReason>(
  Object.entries(closeReasons).map(([name, code]) => [code, name as CloseReason]),
);

const none = new Uint8Array(0);

export function writeDownFrame(frame: DownFrame, writer: Writer): void {
  checkDownFrame(frame);
  const { notifications, confirmations, rejections, advice, close, clears } = frame;
  const first = notifications?.[0];
  const inline = first !== undefined && fitsInline(first) ? first : undefined;
  const rest = notifications !== undefined && inline !== undefined
    ? (notifications.length > 1 ? notifications.slice(1) : undefined)
    : notifications;
  // One shape for every frame: protobufjs passes over what is null, and object spreads here
  // cost a microsecond.
  wire.DownFrame.encode({
    id: inline === undefined ? null : inline.id,
    app: inline === undefined ? null : inline.alias,
    data: inline === undefined || inline.encrypted === true ? null : inline.data,
    encrypted: inline?.encrypted === true ? inline.data : null,
    more: rest === undefined ? null : rest.map(notificationMessage),
    confirmations: confirmations === undefined ? null : confirmations.map(confirmationMessage),
    rejections: rejections === undefined ? null : rejections.map(rejectionMessage),
    advice: advice === undefined ? null : adviceMessage(advice),
    close: close === undefined ? null : closeMessage(close),
    clears: clears === undefined ? null : clears.map(handledMessage),
    $unknowns: unknownsOf('frame', frame, highest.DownFrame),
  }, writer);
}

/** Throws ImpossibleFrame, or anything else for bytes that are not protobuf of the schema. */
export function readDownFrame(bytes: Uint8Array): DownFrame {
  const message = wire.DownFrame.decode(readerOf(bytes));
  const unknown = unknownFields('frame', message, highest.DownFrame);
  const frame: Mutable<DownFrame> = {};
  const notifications = notificationsOf(message);
  if (notifications.length > 0) frame.notifications = notifications;
  if (message.confirmations.length > 0) frame.confirmations = message.confirmations.map(confirmationOf);
  if (message.rejections.length > 0) frame.rejections = message.rejections.map(rejectionOf);
  if (message.advice != null) frame.advice = adviceOf(message.advice);
  if (message.close != null) frame.close = closeOf(message.close);
  if (message.clears.length > 0) frame.clears = message.clears.map(handledOf);
  if (unknown !== undefined) frame.unknown = unknown;
  checkDownFrame(frame);
  return frame;
}

function checkDownFrame(frame: DownFrame): void {
  const { notifications, confirmations, rejections, advice, close, clears, unknown } = frame;
  if (notifications !== undefined) {
    requireItems('notifications', notifications);
    for (const item of notifications) checkNotification(item);
  }
  if (confirmations !== undefined) {
    requireItems('confirmations', confirmations);
    for (const item of confirmations) checkConfirmation(item);
  }
  if (rejections !== undefined) {
    requireItems('rejections', rejections);
    for (const item of rejections) checkRejection(item);
  }
  if (advice !== undefined) checkAdvice(advice);
  if (close !== undefined) requireCount('close.not_before', close.notBeforeSeconds);
  if (clears !== undefined) checkHandled('clears', clears);
  if (!(notifications ?? confirmations ?? rejections ?? advice ?? close ?? clears ?? unknown)) {
    refuse('the frame has no item at all');
  }
}

function checkAdvice({ freshnessSeconds, fleet, unknown }: Advice): void {
  if (freshnessSeconds !== undefined) requireCount('advice.freshness', freshnessSeconds);
  if (fleet !== undefined) requireBytes('advice.fleet', fleet, limits.fleetBytes, limits.fleetBytes);
  if (freshnessSeconds === undefined && fleet === undefined && unknown === undefined) refuse('advice: it advises nothing');
}

function checkNotification(item: NotificationItem): void {
  requireNumber('id', item.id);
  requireNumber('app', item.alias);
  requireCount('missed', item.missed);
  requireBytes('data', item.data, 0, limits.payloadBytes);
  if (item.missed > 0 && item.data.length > 0) refuse('missed with data: what was dropped has none');
  if (item.missedFrom !== undefined) checkMissedFrom(item, item.missedFrom);
  if (item.encrypted === true && item.data.length === 0) refuse('encrypted without data: no ciphertext is empty');
}

function checkMissedFrom({ id, missed }: NotificationItem, missedFrom: number): void {
  requireNumber('missed_from', missedFrom);
  if (missed === 0) refuse('missed_from without missed: it says where a count began');
  if (missedFrom >= id) refuse(`missed_from must be below the id ${id}, not ${missedFrom}`);
}

function checkConfirmation(item: Confirmation): void {
  requireNumber('confirmations.request', item.request);
  requireNumber('confirmations.alias', item.alias);
  requireText('confirmations.subscription', item.subscription, limits.subscriptionCharacters);
  if (item.endpoint !== undefined) requireText('confirmations.endpoint', item.endpoint, limits.endpointCharacters);
}

function checkRejection(item: Rejection): void {
  if ((item.request === undefined) === (item.message === undefined)) {
    refuse('rejections: exactly one of request and message says what was refused');
  }
  if (item.request !== undefined) requireNumber('rejections.request', item.request);
  if (item.message !== undefined) requireNumber('rejections.message', item.message);
}

function notificationsOf(message: lowbeat.link.DownFrame): readonly NotificationItem[] {
  const more = message.more.map(notificationOf);
  if (message.id !== 0) {
    const item: Mutable<NotificationItem> = {
      id: message.id, alias: message.app, data: copyOf(payloadOf(message)), missed: 0,
    };
    if (message.encrypted.length > 0) item.encrypted = true;
    return [item, ...more];
  }
  if (message.app !== 0 || payloadOf(message).length > 0) refuse('app or data without id: a notification has one');
  return more;
}

function notificationMessage(item: NotificationItem): lowbeat.link.Notification.$Properties {
  const { id, alias, data, missed, missedFrom = null } = item;
  const encrypted = item.encrypted === true;
  return {
    id, app: alias, data: encrypted ? null : data, missed, encrypted: encrypted ? data : null, missedFrom,
    $unknowns: unknownsOf('more', item, highest.Notification),
  };
}

function notificationOf(message: lowbeat.link.Notification.$Properties): NotificationItem {
  const unknown = unknownFields('more', message, highest.Notification);
  const item: Mutable<NotificationItem> = {
    id: message.id ?? 0,
    alias: message.app ?? 0,
    data: copyOf(payloadOf(message)),
    missed: message.missed ?? 0,
  };
  if (message.encrypted != null && message.encrypted.length > 0) item.encrypted = true;
  if (message.missedFrom != null && message.missedFrom !== 0) item.missedFrom = message.missedFrom;
  if (unknown !== undefined) item.unknown = unknown;
  return item;
}

/** The payload stands in the one field or in the other. */
function payloadOf({ data, encrypted }: lowbeat.link.Notification.$Properties): Uint8Array {
  if (encrypted == null || encrypted.length === 0) return data ?? none;
  if (data != null && data.length > 0) refuse('data and encrypted: one of them holds the payload');
  return encrypted;
}

function confirmationMessage(item: Confirmation): lowbeat.link.Confirmation.$Properties {
  const { request, alias, subscription, endpoint = '' } = item;
  const $unknowns = unknownsOf('confirmations', item, highest.Confirmation);
  return { request, alias, subscription, endpoint, $unknowns };
}

function confirmationOf(message: lowbeat.link.Confirmation.$Properties): Confirmation {
  const unknown = unknownFields('confirmations', message, highest.Confirmation);
  const item: Mutable<Confirmation> = {
    request: message.request ?? 0,
    alias: message.alias ?? 0,
    subscription: message.subscription ?? '',
  };
  if (message.endpoint != null && message.endpoint !== '') item.endpoint = message.endpoint;
  if (unknown !== undefined) item.unknown = unknown;
  return item;
}

function rejectionMessage(item: Rejection): lowbeat.link.Rejection.$Properties {
  const { request = 0, message = 0 } = item;
  const $unknowns = unknownsOf('rejections', item, highest.Rejection);
  return { request, message, code: rejectionCodes[item.code], $unknowns };
}

function rejectionOf(message: lowbeat.link.Rejection.$Properties): Rejection {
  const unknown = unknownFields('rejections', message, highest.Rejection);
  const code = message.code ?? 0;
  if (code === 0) refuse('rejections.code must not be 0');
  // A newer gateway may know more reasons; that it refused is what matters.
  const item: Mutable<Rejection> = { code: rejectionNames.get(code) ?? 'other' };
  if (message.request != null && message.request !== 0) item.request = message.request;
  if (message.message != null && message.message !== 0) item.message = message.message;
  if (unknown !== undefined) item.unknown = unknown;
  return item;
}

function adviceMessage(advice: Advice): lowbeat.link.Advice.$Properties {
  const { freshnessSeconds = null, fleet = null } = advice;
  return { freshness: freshnessSeconds, fleet, $unknowns: unknownsOf('advice', advice, highest.Advice) };
}

function adviceOf(message: lowbeat.link.Advice.$Properties): Advice {
  const unknown = unknownFields('advice', message, highest.Advice);
  const advice: Mutable<Advice> = {};
  if (message.freshness != null) advice.freshnessSeconds = message.freshness;
  if (message.fleet != null && message.fleet.length > 0) advice.fleet = copyOf(message.fleet);
  if (unknown !== undefined) advice.unknown = unknown;
  return advice;
}

function closeMessage(close: Close): lowbeat.link.Close.$Properties {
  return {
    reason: closeReasons[close.reason],
    notBefore: close.notBeforeSeconds,
    $unknowns: unknownsOf('close', close, highest.Close),
  };
}

function closeOf(message: lowbeat.link.Close.$Properties): Close {
  const unknown = unknownFields('close', message, highest.Close);
  const reason = closeReasonOf(message.reason ?? 0);
  const notBeforeSeconds = message.notBefore ?? 0;
  return unknown === undefined ? { reason, notBeforeSeconds } : { reason, notBeforeSeconds, unknown };
}

/** A code that is not known is read by its range; one of an unknown range lets the device come back. */
function closeReasonOf(code: number): CloseReason {
  const name = closeNames.get(code);
  if (name !== undefined) return name;
  if (code < 100) refuse(`close.reason must be 100 or more, not ${code}`);
  if (code >= 200 && code < 300) return 'other-wait-for-change';
  if (code >= 300 && code < 400) return 'other-never';
  return 'other-come-back';
}
