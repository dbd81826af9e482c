// One request through the fence, bounded in time and in what is read of its answer. Redirects are not followed.

import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';

import { limits } from '../core/limits.js';
import type { OutgoingFence } from './fence.js';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** `limits.outgoingMs` if absent. */
  readonly withinMs?: number;
}

export type OutgoingAnswer =
  | { readonly ok: true; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  /** 'closed': it may not go there. 'network': nobody could be asked, or the answer broke off. `reason` names no address. */
  | { readonly ok: false; readonly kind: 'closed' | 'network' | 'timeout' | 'too-large'; readonly reason: string };

/** Never rejects. */
export async function requestOutside(fence: OutgoingFence, outgoing: OutgoingRequest): Promise<OutgoingAnswer> {
  const problem = fence.problem(outgoing.url);
  if (problem !== undefined) return { ok: false, kind: 'closed', reason: problem };
  const signal = AbortSignal.timeout(outgoing.withinMs ?? limits.outgoingMs);
  return new Promise((resolve) => {
    const { method, url, headers, body } = outgoing;
    const failed = (error: NodeJS.ErrnoException): void => resolve(failureOf(error, signal.aborted));
    const request = httpsRequest(url, {
      method, signal, agent: fence.agentFor(url), headers: { ...headers, 'content-length': String(body?.length ?? 0) },
    });
    request.on('error', failed);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('error', failed);
      response.on('aborted', () => failed(new Error('the answer broke off')));
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes <= limits.outgoingAnswerBytes) {
          parts.push(part);
          return;
        }
        resolve({ ok: false, kind: 'too-large', reason: `an answer of more than ${limits.outgoingAnswerBytes} bytes` });
        request.destroy();
      });
      response.on('end', () => {
        resolve({ ok: true, status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    request.end(body);
  });
}

function failureOf(error: NodeJS.ErrnoException, late: boolean): OutgoingAnswer {
  if (late) return { ok: false, kind: 'timeout', reason: 'no answer in time' };
  if (error.code === 'ECLOSED') return { ok: false, kind: 'closed', reason: error.message };
  // Its message would name the address.
  return { ok: false, kind: 'network', reason: error.code ?? 'the connection broke' };
}
