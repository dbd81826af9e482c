// A process of application servers that send Web Push: kept HTTP/1.1 connections as raw sockets, one request at a time on each. Bodies
// have the form of RFC 8291 with a sender's key of their own; instead of a ciphertext they carry the time from which they count, since
// the gateway cannot look inside and a device of the load does not.

import { createECDH, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { Latencies, nowMicros } from '../harness/latencies.js';
import type { PackedLatencies } from '../harness/latencies.js';
import { answerCalls } from '../harness/processes.js';
import { pace } from './pace.js';
import { bodyHeaderBytes } from './push-form.js';

export interface UseOptions {
  readonly port: number;
  /** Of devices that registered with the keys in turn. */
  readonly endpoints: readonly string[];
  readonly connections: number;
}

export interface PushOptions {
  readonly count: number;
  /** A second; absent: as fast as the connections let. */
  readonly rate?: number;
  /** Every message has a token that was never seen, as the package `web-push` does it; else one token a key, as RFC 8292 §4.2 suggests. */
  readonly freshTokens: boolean;
  readonly payloadBytes: number;
}

export interface Pushed {
  readonly seconds: number;
  readonly latencies: PackedLatencies;
  readonly statuses: Readonly<Record<string, number>>;
}

/** The gateway bounds what one address may send in a second. */
const sourceAddresses = 4;
const tokenSeconds = 6 * 3_600;

interface Signer {
  readonly privateKey: KeyObject;
  /** 65 bytes. */
  readonly publicKey: Buffer;
}

interface Endpoint {
  readonly path: string;
  readonly signer: Signer;
  readonly body: Buffer;
}

let signers: readonly Signer[] = [];
let endpoints: readonly Endpoint[] = [];
let origin = '';
let connections: Connection[] = [];
let lastToken = 0;

class Connection {
  readonly #socket: Socket;
  #unread = '';
  #answered: ((status: number) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => this.#read(text));
    socket.on('close', () => this.#answered?.(0));
  }

  static open(port: number, localAddress: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket)));
    });
  }

  /** The status; 0 when the connection ended instead. */
  post(head: string, body: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      if (this.#socket.destroyed) {
        resolve(0);
        return;
      }
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  #read(text: string): void {
    this.#unread += text;
    const headEnd = this.#unread.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#unread.slice(0, headEnd))?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#unread.length < end) return;
    const status = Number(this.#unread.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    this.#unread = this.#unread.slice(end);
    this.#answered?.(status);
  }
}

function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return { privateKey, publicKey: Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]) };
}

/** RFC 8292 §2; no two are the same. */
function authorization({ privateKey, publicKey }: Signer): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  lastToken += 1;
  const claims = { aud: origin, exp: Math.floor(Date.now() / 1_000) + tokenSeconds, sub: 'mailto:bench@lowbeat.invalid', jti: lastToken };
  const signed = `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `vapid t=${signed}.${signature.toString('base64url')}, k=${publicKey.toString('base64url')}`;
}

/** As a library makes it for each message: here one for each endpoint, its record filled anew. */
function newBody(payloadBytes: number): Buffer {
  const sender = createECDH('prime256v1');
  const size = Buffer.alloc(5);
  size.writeUInt32BE(4_096);
  size.writeUInt8(65, 4);
  // A delimiter and a tag stand behind the text.
  return Buffer.concat([randomBytes(16), size, sender.generateKeys(), randomBytes(payloadBytes + 17)]);
}

answerCalls({
  keys: ({ count }: { readonly count: number }) => {
    signers = Array.from({ length: count }, newSigner);
    return signers.map(({ publicKey }) => new Uint8Array(publicKey));
  },

  use: async (options: UseOptions) => {
    origin = new URL(options.endpoints[0] ?? '').origin;
    endpoints = options.endpoints.map((endpoint, index) => {
      const signer = signers[index % signers.length];
      if (signer === undefined) throw new Error('no keys');
      return { path: new URL(endpoint).pathname, signer, body: newBody(64) };
    });
    connections = await Promise.all(Array.from({ length: options.connections }, (_, index) =>
      Connection.open(options.port, `127.0.1.${1 + (index % sourceAddresses)}`)));
  },

  push: async ({ count, rate, freshTokens, payloadBytes }: PushOptions): Promise<Pushed> => {
    const reused = new Map(signers.map((signer) => [signer, authorization(signer)]));
    // Signing is the sender's work, done before.
    const fresh = freshTokens ? Array.from({ length: count }, (_, index) => authorization((endpoints[index % endpoints.length] ?? { signer: newSigner() }).signer)) : [];
    const bodies = endpoints.map(({ body }) => Buffer.concat([body.subarray(0, bodyHeaderBytes), Buffer.alloc(payloadBytes + 17, 0x2e)]));
    const latencies = new Latencies();
    const statuses: Record<string, number> = {};
    const idle = [...connections];
    const due: { readonly index: number; readonly sinceMicros: number }[] = [];
    let answered = 0;
    let allAnswered = (): void => undefined;
    const send = async (connection: Connection, index: number, sinceMicros: number): Promise<void> => {
      const which = index % endpoints.length;
      const endpoint = endpoints[which];
      const body = bodies[which];
      if (endpoint === undefined || body === undefined) throw new Error('no endpoint');
      const head = `POST ${endpoint.path} HTTP/1.1\r\nHost: ${origin.slice('http://'.length)}\r\nTTL: 600\r\nUrgency: high\r\nContent-Encoding: aes128gcm\r\n`
        + `Content-Type: application/octet-stream\r\nAuthorization: ${fresh[index] ?? reused.get(endpoint.signer) ?? ''}\r\nContent-Length: ${body.length}\r\n\r\n`;
      body.writeDoubleBE(sinceMicros, bodyHeaderBytes);
      const status = await connection.post(head, body);
      statuses[status] = (statuses[status] ?? 0) + 1;
      latencies.record(nowMicros() - sinceMicros);
      answered += 1;
      if (answered === count) allAnswered();
      const next = due.shift();
      if (next === undefined) idle.push(connection);
      else await send(connection, next.index, next.sinceMicros);
    };
    const startedAt = nowMicros();
    const done = new Promise<void>((resolve) => (allAnswered = resolve));
    if (rate === undefined) {
      let next = 0;
      await Promise.all(connections.map(async (connection) => {
        while (next < count) {
          next += 1;
          await send(connection, next - 1, nowMicros());
        }
      }));
    } else {
      await pace({
        rate, count,
        send: (index, sinceMicros) => {
          // The one that rested longest: the gateway closes what nobody uses.
          const connection = idle.shift();
          if (connection === undefined) due.push({ index, sinceMicros });
          else void send(connection, index, sinceMicros);
        },
      });
      await done;
    }
    return { seconds: (nowMicros() - startedAt) / 1_000_000, latencies: latencies.packed(), statuses };
  },
});
