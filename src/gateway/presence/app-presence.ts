// Presence on the connection of an app server: `presence/<uid>`, with `online`, `away`, `offline` or `revoked` as its payload.

import type { AppId, Uid } from '../../core/ids.js';
import { idPrefixes, isId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { PresenceEvent } from '../../core/presence/feed.js';
import type { AppConnection } from '../doors.js';
import type { PresenceFanout } from './presence-fanout.js';
import type { PresenceReader, PresenceSink } from './presence-reader.js';

const topicPrefix = 'presence/';

export interface AppPresenceOptions {
  readonly app: AppId;
  readonly connection: AppConnection;
  readonly fanout: PresenceFanout;
}

/** Costs nothing until its client subscribes to presence. Its tokens are negative: those of the outbox are not. */
export class AppPresence implements PresenceSink {
  readonly #options: AppPresenceOptions;
  readonly #inFlight = new Set<number>();
  #reader: PresenceReader | undefined;
  #lastToken = 0;
  #closed = false;

  constructor(options: AppPresenceOptions) {
    this.#options = options;
  }

  /** A snapshot of what these filters match, then changes: for a filter that was there before, too, as of a retained message [MQTT-3.8.4-3]. */
  subscribed(filters: readonly string[]): void {
    const names = filters.filter((filter) => filter.startsWith(topicPrefix)).map((filter) => filter.slice(topicPrefix.length));
    if (names.length === 0 || this.#closed) return;
    const { app, fanout } = this.#options;
    if (this.#reader === undefined) {
      this.#reader = fanout.add(app);
      this.#reader.attach(this);
    }
    fanout.begin(this.#reader, names.includes('+') ? 'all' : names.filter((name): name is Uid => isId(idPrefixes.uid, name)));
  }

  get room(): boolean {
    return this.#inFlight.size < limits.presenceInFlight;
  }

  write({ sequence, uid, state }: PresenceEvent): void {
    // A connection that breaks begins anew.
    this.#reader?.received(sequence);
    this.#lastToken -= 1;
    const token = this.#lastToken;
    this.#inFlight.add(token);
    if (!this.#options.connection.send(`${topicPrefix}${uid}`, payloads[state], token)) this.#inFlight.delete(token);
  }

  delivered(token: number): void {
    if (this.#inFlight.delete(token)) this.#reader?.resume();
  }

  closed(): void {
    this.#closed = true;
    if (this.#reader !== undefined) this.#options.fanout.remove(this.#reader);
    this.#reader = undefined;
  }
}

const encoder = new TextEncoder();
const payloads: Readonly<Record<PresenceEvent['state'], Uint8Array>> = {
  online: encoder.encode('online'),
  away: encoder.encode('away'),
  offline: encoder.encode('offline'),
  revoked: encoder.encode('revoked'),
};
