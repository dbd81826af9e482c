// Receipts (RFC 8030, section 6). HTTP/2 server push is gone from clients, so a reader asks, and waits for the answer.
//
// At least once: what was answered is told again until its reader says that it came. It says so with the cursor of the
// next request (`Link: rel="next"`), or, without one, by having taken the whole answer.

import type { FastifyInstance } from 'fastify';

import { limits } from '../../core/limits.js';
import type { PushGateway, PushReceipt, ReceiptReader } from '../../gateway/push-doors.js';
import { sendProblem, unknownProblem } from '../problem.js';
import { preferences } from './push-headers.js';

export interface ReceiptRoutesOptions {
  readonly push: Pick<PushGateway, 'receipts'>;
  readonly urlOf: (kind: 'message' | 'receipts', token: string) => string;
}

export function addReceiptRoutes(app: FastifyInstance, { push, urlOf }: ReceiptRoutesOptions): void {
  let waiting = 0;

  app.get<{ Params: { readonly token: string }; Querystring: { readonly after?: string } }>(
    '/receipts/:token',
    { exposeHeadRoute: false },
    async (request, reply) => {
      const { token } = request.params;
      const reader = await push.receipts(token);
      if (reader === undefined) return sendProblem(reply, unknownProblem('receipt subscription'));
      const { after } = request.query;
      if (after !== undefined && !/^[0-9]{1,15}$/.test(after)) {
        return sendProblem(reply, { status: 400, code: 'bad-request', detail: 'after: the number that an answer\'s Link gave' });
      }
      const cursor = after === undefined ? undefined : Number(after);
      if (cursor !== undefined) await confirmUpTo(reader, cursor);
      const seconds = waitOf(preferences(request.headers).get('wait'));
      let receipts = await reader.read(cursor ?? 0, limits.receiptsAtOnce);
      if (receipts.length === 0 && seconds > 0) {
        if (waiting >= limits.receiptWaits) {
          return sendProblem(reply, {
            status: 503, code: 'store-busy', retryAfterSeconds: 10,
            detail: `${limits.receiptWaits} requests wait for receipts, which is the most; ask again later`,
          });
        }
        waiting += 1;
        const closed = new Promise<void>((resolve) => {
          reply.raw.once('close', resolve);
        });
        receipts = await held(reader, cursor ?? 0, seconds, closed).finally(() => {
          waiting -= 1;
        });
      }
      void reply.header('preference-applied', `wait=${seconds}`);
      if (receipts.length === 0) return reply.code(204).send();
      const last = receipts.at(-1)?.sequence ?? 0;
      void reply.header('link', `<${urlOf('receipts', token)}?after=${last}>; rel="next"`);
      if (cursor === undefined) {
        reply.raw.once('finish', () => {
          // What could not be confirmed is told again.
          reader.confirm(receipts.map(({ sequence }) => sequence)).catch(() => undefined);
        });
      }
      return receipts.map(({ message, state }) => ({ message: urlOf('message', message), status: statusOf(state) }));
    },
  );
}

/** RFC 8030 §6.2. */
function statusOf(state: PushReceipt['state']): number {
  return state === 'acknowledged' ? 204 : 410;
}

/** Seconds; RFC 7240 §4.3. Without a wish as long as is allowed: who asks for receipts wants to hear of them. */
function waitOf(wish: string | undefined): number {
  const seconds = wish !== undefined && /^[0-9]{1,9}$/.test(wish) ? Number(wish) : limits.receiptWaitSeconds;
  return Math.min(seconds, limits.receiptWaitSeconds);
}

async function confirmUpTo(reader: ReceiptReader, cursor: number): Promise<void> {
  for (;;) {
    const receipts = await reader.read(0, limits.receiptsAtOnce);
    const had = receipts.filter(({ sequence }) => sequence <= cursor);
    if (had.length > 0) await reader.confirm(had.map(({ sequence }) => sequence));
    if (had.length < limits.receiptsAtOnce) return;
  }
}

/** Waits until there is something, the time is over or the reader has left. */
async function held(
  reader: ReceiptReader,
  after: number,
  seconds: number,
  closed: Promise<void>,
): Promise<readonly PushReceipt[]> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), seconds * 1000);
  const end = new Promise<void>((resolve) => {
    ended.signal.addEventListener('abort', () => resolve());
  });
  void closed.then(() => ended.abort());
  try {
    for (;;) {
      let stop = (): void => undefined;
      // Before the read: what comes after it is heard of.
      const news = new Promise<void>((resolve) => {
        stop = reader.wait(resolve);
      });
      const receipts = await reader.read(after, limits.receiptsAtOnce);
      if (receipts.length === 0 && !ended.signal.aborted) await Promise.race([news, end]);
      stop();
      if (receipts.length > 0 || ended.signal.aborted) return receipts;
    }
  } finally {
    clearTimeout(timer);
  }
}
