import type { Publisher, PublishResult } from '../gateway/doors.js';
import type { IncomingPublish } from './broker-client.js';
import type { Job, PublishOutcome } from './publish-queue.js';

/** What a session does with its publishes: what they share, so that each is one object. */
export interface Course {
  /** `answered` or `done` follows, later. */
  readonly begin: (job: PublishJob) => void;
  /** By the gateway. */
  readonly answered: (job: PublishJob, result: PublishResult) => void;
  /** It is known what becomes of it. */
  readonly done: (job: PublishJob, outcome: PublishOutcome) => void;
  /** In its turn. */
  readonly settle: (job: PublishJob, outcome: PublishOutcome) => void;
}

/** One publish from its connection's queue to the gateway and back (docs/decisions/0014-what-is-under-way-is-small.md). */
export class PublishJob implements Job, Publisher {
  readonly publish: IncomingPublish;
  outcome: PublishOutcome | undefined;
  readonly #course: Course;

  constructor(publish: IncomingPublish, course: Course) {
    this.publish = publish;
    this.#course = course;
  }

  start(): void {
    this.#course.begin(this);
  }

  answered(result: PublishResult): void {
    this.#course.answered(this, result);
  }

  done(outcome: PublishOutcome): void {
    this.#course.done(this, outcome);
  }

  settle(outcome: PublishOutcome): void {
    this.#course.settle(this, outcome);
  }
}
