// An app server that takes webhooks, on real HTTP or HTTPS: it verifies as Standard Webhooks has it, with code of its own, and fails as it is told.

import { webcrypto } from 'node:crypto';
import { createServer as createPlainServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Test } from 'tap';

import { selfSigned } from '../device/certificate.js';
import { misbehave } from '../outgoing/misbehaving.js';
import type { Failure } from '../outgoing/misbehaving.js';

export class Receiver {
  readonly certificate = selfSigned();
  /** Bodies that were verified. */
  readonly taken: unknown[] = [];
  readonly ids: string[] = [];
  readonly complaints: string[] = [];
  /** Answers to come, then right ones. */
  readonly failures: Failure[] = [];
  /** What its operator was shown: `whsec_` and base64. */
  secret = '';
  connections = 0;
  requests = 0;
  bytes = 0;
  origin = '';

  static async listen(t: Pick<Test, 'teardown'>, scheme: 'http' | 'https' = 'https'): Promise<Receiver> {
    const receiver = new Receiver();
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      receiver.#answer(request, response).catch((error: unknown) => {
        receiver.complaints.push(String(error));
        response.writeHead(400).end();
      });
    };
    const server: Server = scheme === 'http' ? createPlainServer(answer) : createServer(receiver.certificate, answer);
    server.on('connection', () => {
      receiver.connections += 1;
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    receiver.origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    t.teardown(() => {
      server.closeAllConnections();
      server.close();
    });
    return receiver;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts).toString();
    this.bytes += body.length;
    const failure = this.failures.shift();
    if (failure !== undefined) {
      misbehave(failure, request, response, 200);
      return;
    }
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') throw new Error('no webhook');
    await this.#verify(request, body);
    this.taken.push(JSON.parse(body));
    response.writeHead(204).end();
  }

  async #verify({ headers }: IncomingMessage, body: string): Promise<void> {
    const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => String(headers[`webhook-${name}`]));
    if (!/^\d{10}$/.test(timestamp ?? '')) throw new Error(`timestamp ${timestamp}`);
    if (id === undefined || this.ids.includes(id)) throw new Error(`id ${id}`);
    const [version, signature = ''] = signatures?.split(',') ?? [];
    const secret = Buffer.from(this.secret.replace(/^whsec_/, ''), 'base64');
    const key = await webcrypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
    const good = await webcrypto.subtle.verify('HMAC', key, Buffer.from(signature, 'base64'), signed);
    if (version !== 'v1' || !good) throw new Error(`signature ${signatures}`);
    this.ids.push(id);
  }
}
