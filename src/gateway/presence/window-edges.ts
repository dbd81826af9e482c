// When windows open and close: one deadline for each grant with a schedule that somebody reads.

import type { Uid } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Stretch } from '../../core/presence/windows.js';
import { Timed } from '../timer-wheel.js';
import type { Deadlines } from '../timer-wheel.js';

export interface WindowEdgesOptions {
  readonly deadlines: Deadlines;
  readonly onEdge: (uid: Uid) => void;
}

class Edge extends Timed {
  readonly uid: Uid;
  /** When the window opens that the deadline is for; undefined: it is for a close. */
  opensAtMs: number | undefined;
  readonly #onEdge: (uid: Uid) => void;

  constructor({ uid, onEdge }: { readonly uid: Uid; readonly onEdge: (uid: Uid) => void }) {
    super();
    this.uid = uid;
    this.#onEdge = onEdge;
  }

  override onDue(): void {
    this.opensAtMs = undefined;
    this.#onEdge(this.uid);
  }
}

export class WindowEdges {
  readonly #options: WindowEdgesOptions;
  readonly #edges = new Map<Uid, Edge>();

  constructor(options: WindowEdgesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#edges.size;
  }

  /** Plans the end of the stretch that the grant is in. */
  plan(uid: Uid, { open, fromMs, untilMs }: Stretch): void {
    if (untilMs === Infinity) {
      this.forget(uid);
      return;
    }
    const { deadlines, onEdge } = this.#options;
    let edge = this.#edges.get(uid);
    if (edge === undefined) {
      edge = new Edge({ uid, onEdge });
      this.#edges.set(uid, edge);
    }
    // Open, and its readers are about to be told: after that its close is planned.
    if (open && edge.opensAtMs === fromMs) return;
    edge.opensAtMs = open ? undefined : untilMs;
    // Everybody's window opens at nine: a few seconds apart nobody notices, and the gateway breathes. What closes, closes at once.
    deadlines.set(edge, open ? untilMs : untilMs + spread(uid));
  }

  clear(): void {
    for (const uid of [...this.#edges.keys()]) this.forget(uid);
  }

  forget(uid: Uid): void {
    const edge = this.#edges.get(uid);
    if (edge === undefined) return;
    this.#options.deadlines.clear(edge);
    this.#edges.delete(uid);
  }
}

/** Milliseconds below `limits.openingSpreadMs`, the same each time for the same uid (FNV-1a). */
function spread(uid: Uid): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < uid.length; index += 1) hash = Math.imul(hash ^ uid.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % limits.openingSpreadMs;
}
