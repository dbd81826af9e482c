// UpFrame of src/core/frames.ts ⇄ UpFrame of schemas/link.proto.

import { lowbeat } from '#gen/link.js';
import { urgencies } from '../core/frames.js';
import type {
  DevicePresence, Heartbeat, NetworkKind, Power, Registration, Settings, UpFrame, UpstreamMessage,
} from '../core/frames.js';
import { limits } from '../core/limits.js';
import type { Mutable } from '../core/mutable.js';
import {
  refuse, requireBetween, requireBytes, requireItems, requireNumber, requireText,
} from './field-checks.js';
import { checkHandled, handledMessage, handledOf } from './handled.js';
import { copyOf, readerOf } from './protobuf.js';
import type { Writer } from './protobuf.js';
import { unknownFields, unknownsOf } from './unknown-fields.js';

const { link: wire } = lowbeat;

// Their index is their wire form, at the bits that `statusOf` shifts them to.
const presences: readonly DevicePresence[] = ['online', 'away'];
const powers: readonly Power[] = ['unknown', 'battery', 'battery-low', 'charging'];
const networks: readonly NetworkKind[] = ['unknown', 'wifi', 'cellular', 'wired', 'other'];

// The highest field number of each message in schemas/link.proto.
const highest = { UpFrame: 9, Registration: 3, Message: 3, Settings: 3 } as const;

/** RFC 8292 §3.2: an uncompressed P-256 point, which begins with 4 (SEC 1 §2.3.3). */
const applicationServerKeyBytes = 65;

/** The status field of a heartbeat; schemas/link.proto lays out its bits. */
function statusOf(heartbeat: Heartbeat): number {
  return presences.indexOf(heartbeat.presence)
    | (powers.indexOf(heartbeat.power) << 2)
    | (networks.indexOf(heartbeat.network) << 4);
}

/** Refuses bits that mean nothing. */
function heartbeatOf(status: number, promiseSeconds: number): Heartbeat {
  const presence = presences[status & 3];
  const power = powers[(status >> 2) & 3];
  const network = networks[status >>> 4];
  if (presence === undefined || power === undefined || network === undefined) {
    refuse(`status ${status} has bits that mean nothing`);
  }
  return { presence, power, network, promiseSeconds };
}

export function writeUpFrame(frame: UpFrame, writer: Writer): void {
  checkUpFrame(frame);
  const { heartbeat, acks, registrations, removals, messages, settings, handled, cleared } = frame;
  // One shape for every frame: protobufjs passes over what is null, and object spreads here
  // cost a microsecond.
  wire.UpFrame.encode({
    status: heartbeat === undefined ? null : statusOf(heartbeat),
    promise: heartbeat === undefined ? null : heartbeat.promiseSeconds,
    acks: (acks ?? null) as number[] | null,
    registrations: registrations === undefined ? null : registrations.map(registrationMessage),
    removals: (removals ?? null) as number[] | null,
    messages: messages === undefined ? null : messages.map(upstreamMessage),
    settings: settings === undefined ? null : settingsMessage(settings),
    handled: handled === undefined ? null : handled.map(handledMessage),
    cleared: (cleared ?? null) as number[] | null,
    $unknowns: unknownsOf('frame', frame, highest.UpFrame),
  }, writer);
}

/** Throws ImpossibleFrame, or anything else for bytes that are not protobuf of the schema. */
export function readUpFrame(bytes: Uint8Array): UpFrame {
  const message = wire.UpFrame.decode(readerOf(bytes));
  const unknown = unknownFields('frame', message, highest.UpFrame);
  const frame: Mutable<UpFrame> = {};
  if (message.status != null) frame.heartbeat = heartbeatOf(message.status, message.promise);
  else if (message.promise !== 0) refuse('promise without status: a heartbeat has both');
  if (message.acks.length > 0) frame.acks = message.acks;
  if (message.registrations.length > 0) frame.registrations = message.registrations.map(registrationOf);
  if (message.removals.length > 0) frame.removals = message.removals;
  if (message.messages.length > 0) frame.messages = message.messages.map(messageOf);
  if (message.settings != null) frame.settings = settingsOf(message.settings);
  if (message.handled.length > 0) frame.handled = message.handled.map(handledOf);
  if (message.cleared.length > 0) frame.cleared = message.cleared;
  if (unknown !== undefined) frame.unknown = unknown;
  checkUpFrame(frame);
  return frame;
}

function checkUpFrame(frame: UpFrame): void {
  const { heartbeat, acks, registrations, removals, messages, settings, handled, cleared, unknown } = frame;
  if (heartbeat !== undefined) checkHeartbeat(heartbeat);
  if (acks !== undefined) {
    requireItems('acks', acks);
    for (const id of acks) requireNumber('acks', id);
  }
  if (registrations !== undefined) {
    requireItems('registrations', registrations);
    for (const registration of registrations) checkRegistration(registration);
  }
  if (removals !== undefined) {
    requireItems('removals', removals);
    for (const alias of removals) requireNumber('removals', alias);
  }
  if (messages !== undefined) {
    requireItems('messages', messages);
    for (const message of messages) checkMessage(message);
  }
  if (settings !== undefined) checkSettings(settings);
  if (handled !== undefined) checkHandled('handled', handled);
  if (cleared !== undefined) {
    requireItems('cleared', cleared);
    for (const id of cleared) requireNumber('cleared', id);
  }
  if (!(heartbeat ?? acks ?? registrations ?? removals ?? messages ?? settings ?? handled ?? cleared ?? unknown)) {
    refuse('the frame has no item at all');
  }
}

function checkHeartbeat(heartbeat: Heartbeat): void {
  requireBetween('promise', heartbeat.promiseSeconds, limits.shortestPromiseSeconds, limits.promiseSeconds);
}

function checkRegistration(registration: Registration): void {
  requireNumber('registrations.request', registration.request);
  requireText('registrations.app', registration.app, limits.nameCharacters);
  const key = registration.applicationServerKey;
  if (key !== undefined && !(key.length === applicationServerKeyBytes && key[0] === 4)) {
    refuse(`registrations.application_server_key must be ${applicationServerKeyBytes} bytes that begin with 4: `
      + 'an uncompressed P-256 point');
  }
}

function checkMessage(message: UpstreamMessage): void {
  requireNumber('messages.id', message.id);
  requireNumber('messages.app', message.alias);
  requireBytes('messages.data', message.data, 0, limits.messageBytes);
}

function checkSettings({ minimumUrgency, network, flowSeconds, unknown }: Settings): void {
  if (network !== undefined) requireBytes('settings.network', network, 1, limits.networkKeyBytes);
  if (flowSeconds !== undefined) {
    requireNumber('settings.flow', flowSeconds);
    if (network === undefined) refuse('settings.flow without settings.network, which keeps the flow');
  }
  if (minimumUrgency === undefined && network === undefined && unknown === undefined) refuse('settings set nothing');
}

function registrationMessage(item: Registration): lowbeat.link.Registration.$Properties {
  return {
    request: item.request,
    app: item.app,
    applicationServerKey: item.applicationServerKey ?? null,
    $unknowns: unknownsOf('registrations', item, highest.Registration),
  };
}

function registrationOf(message: lowbeat.link.Registration.$Properties): Registration {
  const unknown = unknownFields('registrations', message, highest.Registration);
  const item: Mutable<Registration> = { request: message.request ?? 0, app: message.app ?? '' };
  const key = message.applicationServerKey;
  if (key != null && key.length > 0) item.applicationServerKey = copyOf(key);
  if (unknown !== undefined) item.unknown = unknown;
  return item;
}

function upstreamMessage(item: UpstreamMessage): lowbeat.link.Message.$Properties {
  return { id: item.id, app: item.alias, data: item.data, $unknowns: unknownsOf('messages', item, highest.Message) };
}

function messageOf(message: lowbeat.link.Message.$Properties): UpstreamMessage {
  const unknown = unknownFields('messages', message, highest.Message);
  const item: Mutable<UpstreamMessage> = {
    id: message.id ?? 0,
    alias: message.app ?? 0,
    data: copyOf(message.data ?? new Uint8Array(0)),
  };
  if (unknown !== undefined) item.unknown = unknown;
  return item;
}

function settingsMessage(settings: Settings): lowbeat.link.Settings.$Properties {
  const { minimumUrgency, network, flowSeconds } = settings;
  return {
    minimumUrgency: minimumUrgency === undefined ? null : urgencies.indexOf(minimumUrgency),
    network: network ?? null,
    flow: flowSeconds ?? 0,
    $unknowns: unknownsOf('settings', settings, highest.Settings),
  };
}

function settingsOf(message: lowbeat.link.Settings.$Properties): Settings {
  const unknown = unknownFields('settings', message, highest.Settings);
  const settings: Mutable<Settings> = {};
  if (message.minimumUrgency != null) {
    const urgency = urgencies[message.minimumUrgency];
    if (urgency === undefined) {
      refuse(`settings.minimum_urgency must be 0 to ${urgencies.length - 1}, not ${message.minimumUrgency}`);
    }
    settings.minimumUrgency = urgency;
  }
  if (message.network != null && message.network.length > 0) settings.network = copyOf(message.network);
  if (message.flow != null && message.flow !== 0) settings.flowSeconds = message.flow;
  if (unknown !== undefined) settings.unknown = unknown;
  return settings;
}
