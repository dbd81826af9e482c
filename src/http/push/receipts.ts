// Receipts (RFC 8030, section 6): what became of messages. HTTP/2 server push is gone from clients, so a reader asks and
// waits for the answer, or keeps a stream of server-sent events open.
//
// At least once: what was told is told again until its reader says that it came. It says so with the cursor of its next
// request (`Link: rel="next"`, `Last-Event-ID`), or, where it uses none, by having taken the whole answer.

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { limits } from '../../core/limits.js';
import type { PushGateway, PushReceipt, ReceiptReader } from '../../gateway/push-doors.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import type { Clock } from '../../ports/clock.js';
import { sendProblem, unknownProblem } from '../problem.js';
import { preferences } from './push-headers.js';
import { receiptEvents } from './receipts-stream.js';
import { nextReceipts, stoppingProblem } from './receipts-waiting.js';
import type { ReceiptSeats, Seat } from './receipts-waiting.js';

export interface ReceiptRoutesOptions {
  readonly push: Pick<PushGateway, 'receipts'>;
  readonly urlOf: (kind: 'message' | 'receipts', token: string) => string;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly seats: ReceiptSeats;
}

interface ReceiptRoute {
  readonly Params: { readonly token: string };
  readonly Querystring: { readonly after?: unknown };
}

/** One request that may be answered. */
interface Reading {
  readonly token: string;
  readonly reader: ReceiptReader;
  readonly seat: Seat;
  /** What its reader has; undefined when it names none. */
  readonly cursor: number | undefined;
}

export function addReceiptRoutes(app: FastifyInstance, options: ReceiptRoutesOptions): void {
  const { push, seats } = options;
  const resource = new ReceiptResource(options);
  app.addHook('preClose', () => {
    seats.stop();
  });

  // Neither waits nor confirms.
  app.head<ReceiptRoute>('/receipts/:token', async (request, reply) => {
    const known = (await push.receipts(request.params.token)) !== undefined;
    return known ? reply.code(200).send() : sendProblem(reply, unknownProblem('receipt subscription'));
  });

  app.get<ReceiptRoute>('/receipts/:token', { exposeHeadRoute: false }, async (request, reply) => {
    const { token } = request.params;
    const reader = await push.receipts(token);
    if (reader === undefined) return sendProblem(reply, unknownProblem('receipt subscription'));
    const cursor = cursorOf(request.headers['last-event-id'] ?? request.query.after);
    if (cursor === 'wrong') {
      return sendProblem(reply, {
        status: 400, code: 'bad-request', detail: 'after, Last-Event-ID: the whole number that an answer gave, once',
      });
    }
    const seat = seats.take({ token, address: request.ip });
    if ('problem' in seat) return sendProblem(reply, seat.problem);
    reply.raw.once('close', () => seat.leave());
    const reading = { token, reader, seat, cursor };
    // RFC 9110 §12.5.5
    void reply.header('vary', 'Accept, Prefer, Last-Event-ID');
    try {
      if (cursor !== undefined) await confirmUpTo(reader, cursor);
      if (/\btext\/event-stream\b/i.test(request.headers.accept ?? '')) return await resource.stream(reading, reply);
      return await resource.list(reading, request, reply);
    } catch (error) {
      seat.leave();
      throw error;
    }
  });
}

class ReceiptResource {
  readonly #options: ReceiptRoutesOptions;

  constructor(options: ReceiptRoutesOptions) {
    this.#options = options;
  }

  async list({ token, reader, seat, cursor }: Reading, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { clock, deadlines, urlOf } = this.#options;
    const wanted = preferences(request.headers).get('wait');
    const seconds = waitOf(wanted);
    const receipts = await nextReceipts(reader, {
      afterSequence: cursor ?? 0,
      untilMs: seconds === 0 ? 'now' : clock.nowMs() + seconds * 1000,
      signal: seat.signal,
      deadlines,
    });
    const left = seat.signal.aborted;
    seat.leave();
    const last = receipts.at(-1);
    if (last === undefined && this.#options.seats.stopping) return sendProblem(reply, stoppingProblem);
    if (wanted !== undefined) void reply.header('preference-applied', `wait=${seconds}`);
    void reply.header('link', `<${urlOf('receipts', token)}?after=${last?.sequence ?? cursor ?? 0}>; rel="next"`);
    if (last === undefined) return reply.code(204).send();
    if (cursor === undefined && !left) {
      reply.raw.once('finish', () => {
        // What could not be confirmed is told again.
        reader.confirm(receipts.map(({ sequence }) => sequence)).catch(() => undefined);
      });
    }
    return reply.send(receipts.map((receipt) => this.#describe(receipt)));
  }

  stream({ reader, seat, cursor }: Reading, reply: FastifyReply): FastifyReply {
    const { clock, deadlines } = this.#options;
    const events = receiptEvents({
      reader,
      afterSequence: cursor ?? 0,
      signal: seat.signal,
      clock,
      deadlines,
      describe: (receipt) => this.#describe(receipt),
      onSlow: () => reply.raw.destroy(),
    });
    const body = Readable.from(events, { objectMode: false });
    body.once('close', () => seat.leave());
    // nginx holds back what it does not know to be a stream.
    return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(body);
  }

  #describe({ message, state }: PushReceipt): { readonly message: string; readonly status: number } {
    // RFC 8030 §6.2 and §6.3.
    return { message: this.#options.urlOf('message', message), status: state === 'acknowledged' ? 204 : 410 };
  }
}

function cursorOf(text: unknown): number | undefined | 'wrong' {
  if (text === undefined) return undefined;
  return typeof text === 'string' && /^[0-9]{1,15}$/.test(text) ? Number(text) : 'wrong';
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
