// What a device may say: a small, fixed part of MQTT 3.1.1. Anything else is a violation, and closes the link [MQTT-4.8.0-1].

import { packetTypes, readFixedHeader } from './fixed-header.js';

export interface RequestedFilter {
  readonly filter: string;
  readonly qos: number;
}

export type DevicePacket =
  /** On topic `u`. `packetId` 0: QoS 0. `frame` is a view of the bytes that were decoded. */
  | { readonly type: 'publish'; readonly packetId: number; readonly frame: Uint8Array }
  | { readonly type: 'puback'; readonly packetId: number }
  | { readonly type: 'subscribe'; readonly packetId: number; readonly filters: readonly RequestedFilter[] }
  | { readonly type: 'unsubscribe'; readonly packetId: number; readonly filters: readonly string[] }
  | { readonly type: 'pingreq' }
  | { readonly type: 'disconnect' };

export interface Violation {
  readonly state: 'violation';
  /** The clause of MQTT 3.1.1, or its section where it numbers none. */
  readonly clause: string;
  /** What was wrong and what would be right. */
  readonly message: string;
}

export type DecodedPacket =
  | { readonly state: 'packet'; readonly packet: DevicePacket; readonly end: number }
  /** More bytes are needed. */
  | { readonly state: 'incomplete' }
  | Violation;

const incomplete: DecodedPacket = { state: 'incomplete' };
const upTopic = 0x75;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The packet at `start`. What its first bytes already rule out is refused before the rest has come. */
export function decodeDevicePacket(bytes: Uint8Array, start: number, maximumBytes: number): DecodedPacket {
  const header = readFixedHeader(bytes, start);
  if (header === 'malformed') return violation('§2.2.3', 'a remaining length has at most four bytes');
  if (header === 'incomplete') {
    const first = bytes[start];
    return (first === undefined ? undefined : flagViolation(first >>> 4, first & 0x0f)) ?? incomplete;
  }
  const { type, flags, bodyStart, end } = header;
  const bad = flagViolation(type, flags) ?? lengthViolation(type, end - bodyStart);
  if (bad !== undefined) return bad;
  if (end - start > maximumBytes) {
    return violation('§2.2.3', `a packet of ${end - start} bytes: a device sends at most ${maximumBytes}`);
  }
  if (end > bytes.length) return incomplete;
  const body = bytes.subarray(bodyStart, end);
  switch (type) {
    case packetTypes.publish:
      return decodePublish(body, flags, end);
    case packetTypes.puback:
      return decodeWithId(body, end, (packetId) => ({ type: 'puback', packetId }));
    case packetTypes.subscribe:
      return decodeSubscribe(body, end);
    case packetTypes.unsubscribe:
      return decodeUnsubscribe(body, end);
    case packetTypes.pingreq:
      return { state: 'packet', packet: { type: 'pingreq' }, end };
    default:
      return { state: 'packet', packet: { type: 'disconnect' }, end };
  }
}

function violation(clause: string, message: string): Violation {
  return { state: 'violation', clause, message };
}

function flagViolation(type: number, flags: number): Violation | undefined {
  switch (type) {
    case packetTypes.publish:
      // Retain (bit 0) is passed over: nobody subscribes to `u`, so nothing could ever be retained for anybody.
      if ((flags & 0b0110) === 0b0110) return violation('MQTT-3.3.1-4', 'both QoS bits are set: QoS is 0 or 1');
      if ((flags & 0b0110) === 0b0100) return violation('MQTT-3.3.5-2', 'a device publishes with QoS 0 or 1, not 2');
      if ((flags & 0b1110) === 0b1000) return violation('MQTT-3.3.1-2', 'DUP must be 0 with QoS 0');
      return undefined;
    case packetTypes.subscribe:
      return flags === 2 ? undefined : violation('MQTT-3.8.1-1', `flags of SUBSCRIBE must be 2, not ${flags}`);
    case packetTypes.unsubscribe:
      return flags === 2 ? undefined : violation('MQTT-3.10.1-1', `flags of UNSUBSCRIBE must be 2, not ${flags}`);
    case packetTypes.disconnect:
      return flags === 0 ? undefined : violation('MQTT-3.14.1-1', `flags of DISCONNECT must be 0, not ${flags}`);
    case packetTypes.puback:
    case packetTypes.pingreq:
      return flags === 0 ? undefined : violation('MQTT-2.2.2-2', `reserved flags must be 0, not ${flags}`);
    case packetTypes.connect:
      return violation('MQTT-3.1.0-2', 'a second CONNECT');
    default:
      return violation('§2.2.1', `a device does not send control packets of type ${type}`);
  }
}

function lengthViolation(type: number, length: number): Violation | undefined {
  switch (type) {
    case packetTypes.puback:
      return length === 2 ? undefined : violation('§3.4.1', `remaining length of PUBACK must be 2, not ${length}`);
    case packetTypes.pingreq:
      return length === 0 ? undefined : violation('§3.12.1', `remaining length of PINGREQ must be 0, not ${length}`);
    case packetTypes.disconnect:
      return length === 0 ? undefined : violation('§3.14.1', `remaining length of DISCONNECT must be 0, not ${length}`);
    default:
      return undefined;
  }
}

function decodePublish(body: Uint8Array, flags: number, end: number): DecodedPacket {
  const topicLength = readUint16(body, 0);
  if (topicLength === undefined || body.length < 2 + topicLength) {
    return violation('§3.3.2.1', 'the topic name is longer than its packet');
  }
  if (topicLength !== 1 || body[2] !== upTopic) {
    return violation('MQTT-3.3.5-2', 'a device publishes to topic "u" only');
  }
  if ((flags & 0b0110) === 0) {
    return { state: 'packet', packet: { type: 'publish', packetId: 0, frame: body.subarray(3) }, end };
  }
  return decodeWithId(body.subarray(3), end, (packetId, frame) => ({ type: 'publish', packetId, frame }));
}

function decodeSubscribe(body: Uint8Array, end: number): DecodedPacket {
  const filters: RequestedFilter[] = [];
  let at = 2;
  while (at < body.length) {
    const filter = readFilter(body, at);
    if (typeof filter !== 'string') return filter;
    at = filterEnd(body, at);
    const qos = body[at];
    if (qos === undefined) return violation('§3.8.3', 'a filter of SUBSCRIBE is followed by its QoS');
    if (qos > 2) return violation('MQTT-3-8.3-4', `requested QoS must be 0, 1 or 2, not ${qos}`);
    at += 1;
    filters.push({ filter, qos });
  }
  if (filters.length === 0) return violation('MQTT-3.8.3-3', 'SUBSCRIBE needs at least one filter');
  return decodeWithId(body, end, (packetId) => ({ type: 'subscribe', packetId, filters }));
}

function decodeUnsubscribe(body: Uint8Array, end: number): DecodedPacket {
  const filters: string[] = [];
  let at = 2;
  while (at < body.length) {
    const filter = readFilter(body, at);
    if (typeof filter !== 'string') return filter;
    at = filterEnd(body, at);
    filters.push(filter);
  }
  if (filters.length === 0) return violation('MQTT-3.10.3-2', 'UNSUBSCRIBE needs at least one filter');
  return decodeWithId(body, end, (packetId) => ({ type: 'unsubscribe', packetId, filters }));
}

/** Reads the packet identifier in front; the maker gets it and what follows. */
function decodeWithId(
  body: Uint8Array,
  end: number,
  make: (packetId: number, rest: Uint8Array) => DevicePacket,
): DecodedPacket {
  const packetId = readUint16(body, 0);
  if (packetId === undefined) return violation('§2.3.1', 'the packet identifier is missing');
  if (packetId === 0) return violation('MQTT-2.3.1-1', 'a packet identifier must not be 0');
  return { state: 'packet', packet: make(packetId, body.subarray(2)), end };
}

function readUint16(bytes: Uint8Array, at: number): number | undefined {
  const high = bytes[at];
  const low = bytes[at + 1];
  return high === undefined || low === undefined ? undefined : (high << 8) | low;
}

function filterEnd(body: Uint8Array, at: number): number {
  return at + 2 + (readUint16(body, at) ?? 0);
}

function readFilter(body: Uint8Array, at: number): string | Violation {
  const length = readUint16(body, at);
  if (length === undefined || at + 2 + length > body.length) {
    return violation('§3.8.3', 'a topic filter is longer than its packet');
  }
  if (length === 0) return violation('MQTT-4.7.3-1', 'a topic filter has at least one character');
  try {
    const filter = utf8.decode(body.subarray(at + 2, at + 2 + length));
    return filter.includes('\0') ? violation('MQTT-1.5.3-2', 'U+0000 in a topic filter') : filter;
  } catch {
    return violation('MQTT-1.5.3-1', 'a topic filter that is not UTF-8');
  }
}
