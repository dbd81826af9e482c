// What goes through the committer for an asker (docs/decisions/0014-what-is-under-way-is-small.md).

import type { AcceptAsker, AcceptRequest, AcceptResult, AcknowledgeRequest, Asker, NotificationRecord, TouchedSenders } from '../../ports/store.js';
import { number } from '../keys.js';
import { assertAccept } from '../rules.js';
import type { Manner, Task } from './committer.js';
import * as notifications from './notifications.js';
import type { Transaction } from './transaction.js';

/** One object for each, since very many are under way at once. */
export abstract class AskedTask<Request, Result, Who extends Asker<Result> = Asker<Result>> implements Task<Result> {
  abstract readonly manner: Manner;
  protected readonly request: Request;
  protected readonly asker: Who;

  constructor(asker: Who, request: Request) {
    this.asker = asker;
    this.request = request;
  }

  /** Throws RangeError for a request that must not be written. */
  abstract check(): void;

  abstract apply(transaction: Transaction): Result | Promise<Result>;

  succeeded(result: Result): void {
    this.asker.succeeded(result);
  }

  failed(error: unknown): void {
    this.asker.failed(error);
  }
}

export class Accept extends AskedTask<AcceptRequest, AcceptResult, AcceptAsker> {
  #isForetold = false;

  get manner(): Manner {
    return this.request.patient === true ? 'patient' : 'at once';
  }

  override check(): void {
    assertAccept(this.request);
  }

  override apply(transaction: Transaction): AcceptResult | Promise<AcceptResult> {
    return notifications.accept(transaction, this.request, this);
  }

  /** Not when it is applied anew: what was told before may be on its way. */
  foretold(records: readonly NotificationRecord[], mayGoAhead: boolean): void {
    if (this.#isForetold) return;
    this.#isForetold = true;
    this.asker.foretold?.(records, mayGoAhead);
  }
}

export class Acknowledge extends AskedTask<AcknowledgeRequest, TouchedSenders> {
  /** Nobody waits for it: it makes no group of its own as long as others come. */
  get manner(): Manner {
    return 'patient';
  }

  override check(): void {
    number(this.request.nowMs);
  }

  override apply(transaction: Transaction): TouchedSenders {
    return notifications.acknowledge(transaction, this.request);
  }
}
