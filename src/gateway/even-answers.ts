import type { Clock } from '../ports/clock.js';

/** Something that an app asked, and that is answered when its time does not tell of anybody. */
export interface Question {
  /** The answer is there, and may go as far as it is concerned. */
  readonly isAnswered: boolean;
  /** Its time tells nothing: the answer goes. Called once, while `isAnswered`. */
  release(): void;
}

export interface EvenAnswers {
  /** It was asked just now. */
  ask(question: Question): void;
}

export interface EvenAnswersOptions {
  readonly stepMs: number;
  readonly clock: Clock;
  /** Calls back once, so many milliseconds later; `setTimeout` outside of tests. */
  readonly later: (run: () => void, delayMs: number) => void;
}

/**
 * An answer comes a whole number of steps after its question. What is kept for a device that is there is acknowledged within
 * milliseconds, and that write is in the way of the next one; what is kept for nobody costs less. Without steps an app that asks often
 * enough reads from its clock who is there, hidden or not (facts/presence H3).
 *
 * The steps run from the question on, and not from when the work is done, so that a timer is not early or late by what the work was.
 * Questions of one millisecond share their timers: with thousands under way, one each is more work than the questions are.
 */
export function evenAnswers({ stepMs, clock, later }: EvenAnswersOptions): EvenAnswers {
  let asked: Question[] | undefined;
  let askedAtMs = 0;

  function step(waiting: readonly Question[]): void {
    later(() => {
      // The clock may have been set back: nobody joins a step that is over.
      if (asked === waiting) asked = undefined;
      const left: Question[] = [];
      const over: Question[] = [];
      for (const question of waiting) (question.isAnswered ? over : left).push(question);
      if (left.length > 0) step(left);
      for (const question of over) question.release();
    }, stepMs);
  }

  return {
    ask: (question) => {
      const nowMs = clock.nowMs();
      if (asked === undefined || askedAtMs !== nowMs) {
        asked = [];
        askedAtMs = nowMs;
        step(asked);
      }
      asked.push(question);
    },
  };
}

/** Runs what an app asked for; resolves or rejects as `run` does, when that tells nothing. */
export function evenly<Value>(answers: EvenAnswers | undefined, run: () => Promise<Value>): Promise<Value> {
  if (answers === undefined) return run();
  return new Promise((resolve) => {
    const question = { isAnswered: false, release: (): void => undefined };
    answers.ask(question);
    const work = run();
    const answered = (): void => {
      question.isAnswered = true;
    };
    question.release = () => resolve(work);
    work.then(answered, answered);
  });
}
