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
/** Where the protocol level stands behind the name `MQTT`; then flags, two bytes of keep-alive, and the payload's fields (§3.1.2, §3.1.3). */
const levelOffset = 6;
const flagsOffset = 7;
const keepAliveOffset = 8;
const fieldsOffset = 10;

/** The CONNECT that a connection must start with, and nothing that the specification has a server refuse. Its bytes are views of `bytes`. */
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
  return checkProtocol(body) ?? checkFlags(body) ?? readFields(body, header.end);
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
  const flags = body[flagsOffset];
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

function readFields(body: Buffer, end: number): ReadConnect {
  if (body.length < fieldsOffset) return refused('bad-connect', 'the keep-alive is missing (§3.1.2.10)');
  const flags = body[flagsOffset] ?? 0;
  const fields = new Fields(body, fieldsOffset);
  const clientId = fields.text();
  const will = (flags & 0x04) === 0 ? undefined : { topic: fields.text(), payload: fields.bytes() };
  const username = (flags & 0x80) === 0 ? undefined : fields.text();
  const password = (flags & 0x40) === 0 ? undefined : fields.bytes();
  const problem = fields.problem();
  if (problem !== undefined) return refused('bad-connect', problem);
  if (clientId === '' && (flags & 0x02) === 0) {
    return refused('client-id', 'an empty client id needs a clean session [MQTT-3.1.3-8]', 'identifier-rejected');
  }
  return { state: 'connect', connect: { clientId, username, password, keepAliveSeconds: body.readUInt16BE(keepAliveOffset), will }, end };
}

/** Fields with two bytes of length in front (§1.5.3), read one behind the other. What is wrong with them is told once all were asked for. */
class Fields {
  readonly #body: Buffer;
  #at: number;
  #problem: string | undefined;

  constructor(body: Buffer, at: number) {
    this.#body = body;
    this.#at = at;
  }

  bytes(): Buffer {
    const from = this.#at + 2;
    const to = from > this.#body.length ? Infinity : from + this.#body.readUInt16BE(this.#at);
    if (to > this.#body.length) {
      this.#problem ??= 'a field of CONNECT is longer than its packet (§3.1.3)';
      return nothing;
    }
    this.#at = to;
    return this.#body.subarray(from, to);
  }

  text(): string {
    const text = this.bytes().toString();
    // U+FFFD stands where there were bytes that are not UTF-8; as itself it has no place in a name either.
    if (/[\0\uFFFD]/u.test(text)) this.#problem ??= 'text in CONNECT must be UTF-8 without U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2]';
    return text;
  }

  problem(): string | undefined {
    return this.#problem ?? (this.#at < this.#body.length ? 'the fields of CONNECT must fill it (§3.1.3)' : undefined);
  }
}

const nothing = Buffer.alloc(0);
