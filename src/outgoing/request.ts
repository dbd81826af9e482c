// One request through the fence, bounded in time and in what is read of its answer. Redirects are not followed.

import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import { limits } from '../core/limits.js';
import type { OutgoingFence } from './fence.js';

type Headers = Readonly<Record<string, string>>;

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Headers;
  readonly body?: Uint8Array;
  /** In the place of `body`, for what must not wait for a connection. */
  readonly late?: LateBody;
  /** `limits.outgoingMs` if absent. */
  readonly withinMs?: number;
}

/**
 * Called once there is a connection that takes bytes, of which none was written yet. Writes once at most, and never rejects; a request
 * that was not written by then ends without a byte.
 */
export type LateBody = (write: LateWrite) => Promise<void>;

/** On the wire when it returns. 'empty': `compose` gave nothing. 'closed': it was not asked, the connection is gone. */
export type LateWrite = (compose: () => { readonly headers: Headers; readonly body: Uint8Array } | undefined) => 'written' | 'empty' | 'closed';

export type OutgoingAnswer =
  | { readonly ok: true; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  | OutgoingFailure;

export interface OutgoingFailure {
  readonly ok: false;
  /**
   * 'closed': it may not go there. 'unsaid': a late body was not written. 'network': nobody could be asked, or the answer broke off.
   */
  readonly kind: 'closed' | 'unsaid' | 'network' | 'timeout' | 'too-large';
  /** Names no address. */
  readonly reason: string;
  /** Of an answer that had begun. */
  readonly status?: number;
}

/** Never rejects. */
export async function requestOutside(fence: OutgoingFence, outgoing: OutgoingRequest): Promise<OutgoingAnswer> {
  const problem = fence.problem(outgoing.url);
  if (problem !== undefined) return { ok: false, kind: 'closed', reason: problem };
  const signal = AbortSignal.timeout(outgoing.withinMs ?? limits.outgoingMs);
  return new Promise((resolve) => {
    const { method, url, headers, body, late } = outgoing;
    const begin = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = begin(url, { method, signal, agent: fence.agentFor(url), headers });
    let status: number | undefined;
    const ended = (answer: OutgoingAnswer): void => resolve(answer.ok || status === undefined ? answer : { ...answer, status });
    const failed = (error: NodeJS.ErrnoException): void => ended(failureOf(error, signal.aborted));
    request.on('error', failed);
    request.on('response', (response) => {
      status = response.statusCode ?? 0;
      readAnswer(response, { failed, ended: (answer) => {
        ended(answer);
        if (!answer.ok) request.destroy();
      } });
    });
    whenConnected(request, () => {
      if (late === undefined) return;
      void writeLate(request, late).then((written) => {
        if (written) return;
        ended({ ok: false, kind: 'unsaid', reason: 'nothing was to be sent any more' });
        request.destroy();
      });
    });
    if (late !== undefined) return;
    request.setHeader('content-length', String(body?.length ?? 0));
    request.end(body);
  });
}

/** Connections on which a request may be written, whoever opened them: they are used again. */
const connected = new WeakSet<Socket>();

function whenConnected(request: ClientRequest, run: () => void): void {
  request.once('socket', (socket) => {
    if (connected.has(socket)) {
      run();
      return;
    }
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      connected.add(socket);
      run();
    });
  });
}

/** Whether anything was written, or could not be any more: then the request itself tells how it ended. */
async function writeLate(request: ClientRequest, late: LateBody): Promise<boolean> {
  let over = false;
  await late((compose) => {
    // No header was sent so far: they go with the body.
    if (over || request.destroyed || request.socket?.writable !== true) {
      over = true;
      return 'closed';
    }
    const composed = compose();
    if (composed === undefined) return 'empty';
    over = true;
    for (const [name, value] of Object.entries(composed.headers)) request.setHeader(name, value);
    request.setHeader('content-length', String(composed.body.length));
    request.end(composed.body);
    return 'written';
  });
  return over;
}

function readAnswer(
  response: IncomingMessage,
  { failed, ended }: { readonly failed: (error: Error) => void; readonly ended: (answer: OutgoingAnswer) => void },
): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  response.on('error', failed);
  response.on('aborted', () => failed(new Error('the answer broke off')));
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= limits.outgoingAnswerBytes) parts.push(part);
    else ended({ ok: false, kind: 'too-large', reason: `an answer of more than ${limits.outgoingAnswerBytes} bytes` });
  });
  response.on('end', () => {
    ended({ ok: true, status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
  });
}

function failureOf(error: NodeJS.ErrnoException, late: boolean): OutgoingFailure {
  if (late) return { ok: false, kind: 'timeout', reason: 'no answer in time' };
  if (error.code === 'ECLOSED') return { ok: false, kind: 'closed', reason: error.message };
  // Its message would name the address.
  return { ok: false, kind: 'network', reason: error.code ?? 'the connection broke' };
}
