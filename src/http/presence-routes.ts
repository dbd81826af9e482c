// Presence for apps that keep no MQTT connection: what is visible now, and a stream of what changes.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { AppId, Uid } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { PresenceEvent } from '../core/presence/feed.js';
import type { PresenceGateway, PresenceStream } from '../gateway/presence/presence-doors.js';
import type { PresenceSink } from '../gateway/presence/presence-reader.js';
import type { Deadlines } from '../gateway/timer-wheel.js';
import type { Clock } from '../ports/clock.js';
import { EventStream, streamed } from './event-stream.js';
import { sendProblem, unknownProblem } from './problem.js';
import type { Problem } from './problem.js';
import { validate } from './validation.js';

export interface PresenceRoutesOptions {
  readonly presence: PresenceGateway;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

interface AppRequests {
  /** Whose request it is. */
  readonly appOf: (request: FastifyRequest) => AppId;
}

const pageItems = `a whole number from 1 to ${limits.pageItems}`;
const page = z.object({
  after: z.string('a uid, as text').max(256, 'a uid').optional(),
  limit: z.coerce.number(pageItems).int(pageItems).min(1, pageItems).max(limits.pageItems, pageItems).default(limits.pageItems),
  cursor: z.string('text, once').max(256, 'what an event had as its id').optional(),
});

const tooManyStreams: Problem = {
  status: 429,
  code: 'too-many-readers',
  detail: `an app may have ${limits.presenceStreamsPerApp} streams at a time; one of them tells all of its users`,
  retryAfterSeconds: 60,
};

const revokedProblem: Problem = {
  status: 410,
  code: 'revoked',
  detail: 'the user took this grant back; forget the uid, a new grant comes with a new one',
};

export function addPresenceRoutes(app: FastifyInstance, options: PresenceRoutesOptions & AppRequests): void {
  const { presence, appOf } = options;
  const open = new Set<PresenceEvents>();
  app.addHook('preClose', () => {
    for (const events of open) events.destroy();
  });

  app.get('/presence', { exposeHeadRoute: false }, async (request, reply) => {
    const query = validate(page, request.query);
    if (!query.ok) return sendProblem(reply, query.problem);
    void reply.header('vary', 'Accept, Last-Event-ID');
    const { after, limit, cursor } = query.value;
    if (!/\btext\/event-stream\b/i.test(request.headers.accept ?? '')) {
      const { items, next } = await presence.page(appOf(request), { limit, ...(after !== undefined && { after: after as Uid }) });
      return reply.send({ presence: items, ...(next !== undefined && { next }) });
    }
    const last = request.headers['last-event-id'] ?? cursor;
    const events = new PresenceEvents(options);
    const stream = presence.open(appOf(request), Array.isArray(last) ? undefined : last, events);
    if (stream === undefined) return sendProblem(reply, tooManyStreams);
    events.begin(stream);
    open.add(events);
    events.once('close', () => open.delete(events));
    return streamed(reply, events);
  });

  app.get<{ Params: { readonly uid: string } }>('/presence/:uid', async (request, reply) => {
    const { uid } = request.params;
    const state = await presence.of(appOf(request), uid);
    switch (state) {
      case 'unknown': return sendProblem(reply, unknownProblem('uid for this app'));
      case 'revoked': return sendProblem(reply, revokedProblem);
      default: return reply.send({ uid, state });
    }
  });
}

/** Server-sent events: an event has the cursor that goes on after it as its id. */
class PresenceEvents extends EventStream implements PresenceSink {
  #stream: PresenceStream | undefined;

  constructor({ clock, deadlines }: Pick<PresenceRoutesOptions, 'clock' | 'deadlines'>) {
    // One event at a time: what waits here could not be taken back any more when it becomes hidden.
    super({ clock, deadlines, highWaterMark: 1 });
  }

  begin(stream: PresenceStream): void {
    this.#stream = stream;
    this.open();
    stream.resume();
  }

  /** Events have the cursor of their stream, which there is none of before `begin`. */
  override get room(): boolean {
    return super.room && this.#stream !== undefined;
  }

  write({ sequence, uid, state }: PresenceEvent): void {
    const id = this.#stream?.cursorOf(sequence) ?? '';
    this.say(`id: ${id}\nevent: presence\ndata: ${JSON.stringify({ uid, state })}\n\n`);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream?.detach();
    super._destroy(error, done);
  }

  protected override onRoom(): void {
    this.#stream?.resume();
  }
}
