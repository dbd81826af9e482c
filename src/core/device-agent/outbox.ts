import { decodeBase64, encodeBase64 } from '../base64.js';
import { limits } from '../limits.js';
import type { DeviceAgentState } from './actions.js';

export interface OutboxMessage {
  readonly id: number;
  readonly app: string;
  readonly data: Uint8Array;
}

interface Entry extends OutboxMessage {
  readonly encoded: string;
  /** Token of the frame it went up in, on this link; 0: not sent. */
  token: number;
}

/**
 * Upstream messages of this device until the gateway has them: ascending ids, at least once. A
 * message goes out only after the state that holds it is kept, or a restart could give its id to
 * another one.
 */
export class Outbox {
  readonly #entries: Entry[];
  #nextId: number;
  /** Messages below this id are kept. */
  #keptBelowId: number;
  #keepingBelowId: number;

  constructor(options: { readonly state: Pick<DeviceAgentState, 'messages' | 'nextMessageId'> }) {
    const { messages, nextMessageId } = options.state;
    this.#entries = messages.map(({ id, app, data: encoded }) => {
      return { id, app, data: decodeBase64(encoded), encoded, token: 0 };
    });
    this.#nextId = nextMessageId;
    this.#keptBelowId = nextMessageId;
    this.#keepingBelowId = nextMessageId;
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  get full(): boolean {
    return this.#entries.length >= limits.upstreamWaiting;
  }

  add(app: string, data: Uint8Array): number {
    const id = this.#nextId;
    this.#nextId += 1;
    // The caller may reuse its buffer.
    this.#entries.push({ id, app, data: data.slice(), encoded: encodeBase64(data), token: 0 });
    return id;
  }

  /**
   * Kept, not sent on this link, within what may be in flight; of apps that `ready` says can be
   * addressed.
   */
  *sendable(ready: (app: string) => boolean): Iterable<OutboxMessage> {
    let inFlight = 0;
    for (const entry of this.#entries) if (entry.token > 0) inFlight += 1;
    for (const entry of this.#entries) {
      if (inFlight >= limits.upstreamInFlight || entry.id >= this.#keptBelowId) return;
      if (entry.token > 0 || !ready(entry.app)) continue;
      inFlight += 1;
      yield entry;
    }
  }

  onSent(id: number, token: number): void {
    const entry = this.#entries.find((one) => one.id === id);
    if (entry !== undefined) entry.token = token;
  }

  /** The gateway could not keep it just now. */
  onPutBack(id: number): void {
    const entry = this.#entries.find((one) => one.id === id);
    if (entry !== undefined) entry.token = 0;
  }

  onLinkLost(): void {
    for (const entry of this.#entries) entry.token = 0;
  }

  /** Takes it out; false when it is not there any more, or was put back since that frame. */
  onAnswered(id: number, token: number): boolean {
    const sent = this.#entries.some((entry) => entry.id === id && entry.token === token);
    return sent && this.remove(id);
  }

  /** Takes it out; false when it is not there any more. */
  remove(id: number): boolean {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    return true;
  }

  /** Takes out all of one app. */
  removeApp(app: string): number[] {
    const ids = this.#entries.filter((entry) => entry.app === app).map((entry) => entry.id);
    for (const id of ids) this.remove(id);
    return ids;
  }

  onKeeping(): void {
    this.#keepingBelowId = this.#nextId;
  }

  onKept(): void {
    this.#keptBelowId = this.#keepingBelowId;
  }

  state(): Pick<DeviceAgentState, 'messages' | 'nextMessageId'> {
    const messages = this.#entries.map(({ id, app, encoded }) => ({ id, app, data: encoded }));
    return { messages, nextMessageId: this.#nextId };
  }
}
