// The gateway's end of one link: what it has accepted and not seen acknowledged, and the real session of each connection.

import type { DownFrame, UpFrame } from '../../src/core/frames.js';
import type { WaitingNotification } from '../../src/core/link-session/actions.js';
import { LinkSession } from '../../src/core/link-session/link-session.js';
import type { Attachment } from '../world/trace.js';
import { Connection } from './connection.js';

/** Later than any run ends. */
const neverMs = Number.MAX_SAFE_INTEGER;

export interface GatewaySideOptions {
  readonly sendDown: (connection: Connection, frame: DownFrame) => void;
  readonly fleet?: (networkKey: string) => Uint8Array | undefined;
}

export class GatewaySide {
  readonly #sendDown: GatewaySideOptions['sendDown'];
  readonly #fleet: GatewaySideOptions['fleet'];
  /** Networks that the phone was told of. */
  readonly #told = new Set<string>();
  readonly #waiting: WaitingNotification[] = [];
  #connection: Connection | undefined;

  constructor(options: GatewaySideOptions) {
    this.#sendDown = options.sendDown;
    this.#fleet = options.fleet;
  }

  /** A new connection takes over from the one before. */
  connect(nowMs: number, attachment: Attachment): Connection {
    const old = this.#connection;
    if (old?.gatewayOpen) {
      old.gatewayOpen = false;
      old.session.onClose(nowMs, 'taken-over', 0);
    }
    const session = new LinkSession({ nowMs, minimumUrgency: 'very-low' });
    this.#connection = new Connection({ nowMs, attachment, session });
    return this.#connection;
  }

  /** To be called once the phone knows of the connection. */
  begin(nowMs: number, connection: Connection): void {
    this.#drain(nowMs, connection);
  }

  accept(nowMs: number, id: number, bytes: number): void {
    const notification: WaitingNotification = {
      id, alias: 1, urgency: 'normal', acceptedAtMs: nowMs, expiresAtMs: neverMs, data: payloadOf(bytes), missed: 0,
    };
    this.#waiting.push(notification);
    const connection = this.#connection;
    if (!connection?.gatewayOpen || !connection.session.linked) return;
    connection.session.onStored(nowMs, notification);
    this.#drain(nowMs, connection);
  }

  onFrame(nowMs: number, connection: Connection, frame: UpFrame): void {
    connection.session.onFrame(nowMs, frame);
    this.#advise(nowMs, connection);
    this.#drain(nowMs, connection);
  }

  #advise(nowMs: number, connection: Connection): void {
    const { networkKey } = connection.attachment;
    if (this.#fleet === undefined || this.#told.has(networkKey)) return;
    this.#told.add(networkKey);
    const fleet = this.#fleet(networkKey);
    if (fleet !== undefined) connection.session.onAdvice(nowMs, { fleet });
  }

  onGoodbye(nowMs: number, connection: Connection): void {
    if (!connection.gatewayOpen) return;
    connection.gatewayOpen = false;
    connection.session.onDisconnected(nowMs, 'goodbye');
  }

  onTimeout(nowMs: number): void {
    if (!this.#connection) return;
    this.#connection.session.onTimeout(nowMs);
    this.#drain(nowMs, this.#connection);
  }

  /** Infinity when nothing is due. */
  nextTimeoutMs(): number {
    const session = this.#connection?.session;
    return session && !session.over ? session.nextTimeoutMs() : Infinity;
  }

  #drain(nowMs: number, connection: Connection): void {
    const { session } = connection;
    for (let action = session.poll(); action; action = session.poll()) {
      switch (action.type) {
        case 'send':
          this.#sendDown(connection, action.frame);
          break;
        case 'load':
          this.#load(nowMs, session, action.afterId, action.limit);
          break;
        case 'acknowledge':
          for (const id of action.ids) {
            const at = this.#waiting.findIndex((notification) => notification.id === id);
            if (at >= 0) this.#waiting.splice(at, 1);
          }
          break;
        case 'register': {
          const { request } = action.registration;
          session.onRegistered(nowMs, { request, alias: 1, subscription: 'sub_0' });
          break;
        }
        case 'close':
          connection.gatewayOpen = false;
          session.onDisconnected(nowMs, 'lost');
          break;
        default:
          // Presence and settings change nothing on the air.
          break;
      }
    }
  }

  #load(nowMs: number, session: LinkSession, afterId: number, limit: number): void {
    const found: WaitingNotification[] = [];
    for (const notification of this.#waiting) {
      if (notification.id <= afterId) continue;
      if (found.length === limit) break;
      found.push(notification);
    }
    session.onLoaded(nowMs, found, found.length < limit);
  }
}

const payloads = new Map<number, Uint8Array>();

/** A payload of that size: its bytes are counted and not carried, so that one array serves all of its size. */
function payloadOf(bytes: number): Uint8Array {
  const size = Math.min(bytes, 4096);
  const known = payloads.get(size) ?? new Uint8Array(size);
  payloads.set(size, known);
  return known;
}
