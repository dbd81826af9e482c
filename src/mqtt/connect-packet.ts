import { parser } from 'mqtt-packet';
import type { IConnectPacket, Packet } from 'mqtt-packet';

import { packetTypes, readFixedHeader } from './fixed-header.js';
import type { ReturnCode } from './packets.js';

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface ConnectRequest {
  /** May be empty, with a clean session only [MQTT-3.1.3-7]. */
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  /** 0: none. */
  readonly keepAliveSeconds: number;
  readonly will: Will | undefined;
}

/** Why a first packet was refused: a fixed set, for counting. */
export type ConnectRefusal = 'not-mqtt' | 'connect-too-large' | 'bad-connect' | 'protocol-version' | 'client-id';

export type ReadConnect =
  | { readonly state: 'incomplete' }
  | { readonly state: 'connect'; readonly connect: ConnectRequest; readonly end: number }
  | {
      readonly state: 'refused';
      readonly reason: ConnectRefusal;
      readonly message: string;
      /** Absent: closed without a CONNACK [MQTT-3.1.4-1]. */
      readonly returnCode?: ReturnCode;
    };

const incomplete: ReadConnect = { state: 'incomplete' };
/** Where the protocol level stands behind the name `MQTT`. */
const levelOffset = 6;

/**
 * The CONNECT that a connection must start with. `mqtt-packet` reads its fields; what it passes silently and
 * the specification has a server refuse is checked here.
 */
export function readConnect(bytes: Buffer, maximumBytes: number): ReadConnect {
  const first = bytes[0];
  if (first === undefined) return incomplete;
  if (first >>> 4 !== packetTypes.connect) {
    return refused('not-mqtt', 'the first packet must be CONNECT [MQTT-3.1.0-1]');
  }
  if ((first & 0x0f) !== 0) return refused('bad-connect', 'reserved flags of CONNECT must be 0 [MQTT-2.2.2-2]');
  const header = readFixedHeader(bytes, 0);
  if (header === 'incomplete') return incomplete;
  if (header === 'malformed') return refused('bad-connect', 'a remaining length has at most four bytes (§2.2.3)');
  if (header.end > maximumBytes) {
    return refused('connect-too-large', `CONNECT of ${header.end} bytes: at most ${maximumBytes} are read`);
  }
  if (header.end > bytes.length) return incomplete;
  const body = bytes.subarray(header.bodyStart, header.end);
  return checkProtocol(body) ?? checkFlags(body) ?? readFields(bytes.subarray(0, header.end), body.length, header.end);
}

function refused(reason: ConnectRefusal, message: string, returnCode?: ReturnCode): ReadConnect {
  return { state: 'refused', reason, message, ...(returnCode === undefined ? {} : { returnCode }) };
}

function checkProtocol(body: Buffer): ReadConnect | undefined {
  // MQTT 3.1 called itself MQIsdp: its clients understand the CONNACK that tells them the version is the reason.
  const old = body.subarray(0, 8).equals(oldName);
  if (!old && !body.subarray(0, levelOffset).equals(protocolName)) {
    return refused('not-mqtt', 'the protocol name must be "MQTT" [MQTT-3.1.2-1]');
  }
  const level = body[old ? 8 : levelOffset];
  if (level === 4 && !old) return undefined;
  return refused(
    'protocol-version',
    `protocol level ${level ?? 'missing'}: this server speaks MQTT 3.1.1, level 4 [MQTT-3.1.2-2]`,
    'unacceptable-protocol-version',
  );
}

const protocolName = Buffer.from('\0\x04MQTT', 'latin1');
const oldName = Buffer.from('\0\x06MQIsdp', 'latin1');

function checkFlags(body: Buffer): ReadConnect | undefined {
  const flags = body[levelOffset + 1];
  if (flags === undefined) return refused('bad-connect', 'the connect flags are missing (§3.1.2.3)');
  const willQos = (flags >>> 3) & 3;
  if ((flags & 0x01) !== 0) return refused('bad-connect', 'the reserved connect flag must be 0 [MQTT-3.1.2-3]');
  if ((flags & 0x04) === 0 && willQos !== 0) {
    return refused('bad-connect', 'will QoS without a will [MQTT-3.1.2-13]');
  }
  if (willQos === 3) return refused('bad-connect', 'will QoS must be 0, 1 or 2 [MQTT-3.1.2-14]');
  if ((flags & 0x24) === 0x20) return refused('bad-connect', 'will retain without a will [MQTT-3.1.2-15]');
  if ((flags & 0xc0) === 0x40) return refused('bad-connect', 'a password without a user name [MQTT-3.1.2-22]');
  return undefined;
}

function readFields(bytes: Buffer, bodyLength: number, end: number): ReadConnect {
  const packet = parseOne(bytes);
  if (packet instanceof Error) return refused('bad-connect', `${packet.message} (§3.1.3)`);
  const { clientId, username, password, will } = packet;
  // Variable header, then each field with its two bytes of length: nothing may follow, and nothing may have been mended.
  let expected = 10 + fieldBytes(clientId) + fieldBytes(username) + fieldBytes(password);
  if (will !== undefined) expected += fieldBytes(will.topic) + fieldBytes(will.payload);
  if (expected !== bodyLength || [clientId, username, will?.topic].some(isMended)) {
    return refused('bad-connect', 'the fields of CONNECT must fill it, in UTF-8 without U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2]');
  }
  if (clientId === '' && packet.clean !== true) {
    return refused('client-id', 'an empty client id needs a clean session [MQTT-3.1.3-8]', 'identifier-rejected');
  }
  return {
    state: 'connect',
    connect: {
      clientId,
      username,
      password: toBytes(password),
      keepAliveSeconds: packet.keepalive ?? 0,
      will: will === undefined ? undefined : { topic: will.topic, payload: toBytes(will.payload) ?? new Uint8Array() },
    },
    end,
  };
}

// One parser for all: it gets whole packets only, so it is empty again after each that it understood.
let connectParser = parser();

function parseOne(bytes: Buffer): IConnectPacket | Error {
  const heard: (Packet | Error)[] = [];
  connectParser.once('packet', (packet: Packet) => heard.push(packet));
  connectParser.once('error', (error: Error) => heard.push(error));
  try {
    connectParser.parse(bytes);
  } catch (error) {
    heard.push(error instanceof Error ? error : new Error(String(error)));
  }
  connectParser.removeAllListeners();
  const [result] = heard;
  if (!(result instanceof Error) && result?.cmd === 'connect') return result;
  // It may still hold bytes of what it did not understand.
  connectParser = parser();
  return result instanceof Error ? result : new Error('CONNECT is cut short');
}

function fieldBytes(field: string | Uint8Array | undefined): number {
  if (field === undefined) return 0;
  return 2 + (typeof field === 'string' ? Buffer.byteLength(field) : field.length);
}

/** U+FFFD stands where the parser met bytes that are not UTF-8; as itself it has no place in a name either. */
function isMended(field: string | undefined): boolean {
  return field !== undefined && /[\0\uFFFD]/u.test(field);
}

function toBytes(field: string | Uint8Array | undefined): Uint8Array | undefined {
  return typeof field === 'string' ? Buffer.from(field) : field;
}
