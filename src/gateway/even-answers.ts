import type { Clock } from '../ports/clock.js';

/** Runs what an app asked for, and answers when its time does not tell of anybody. */
export type Evenly = <Value>(run: () => Promise<Value>) => Promise<Value>;

export interface EvenAnswersOptions {
  readonly stepMs: number;
  readonly clock: Clock;
  /** Calls back once, so many milliseconds later; `setTimeout` outside of tests. */
  readonly later: (run: () => void, delayMs: number) => void;
}

/** A question, and its answer once there is one. */
interface Question {
  answer: (() => void) | undefined;
}

/**
 * An answer comes a whole number of steps after its question. What is kept for a device that is there is acknowledged within
 * milliseconds, and that write is in the way of the next one; what is kept for nobody costs less. Without steps an app that asks often
 * enough reads from its clock who is there, hidden or not (facts/presence H3).
 *
 * The steps run from the question on, and not from when the work is done, so that a timer is not early or late by what the work was.
 * Questions of one millisecond share their timers: with thousands under way, one each is more work than the questions are.
 */
export function evenAnswers({ stepMs, clock, later }: EvenAnswersOptions): Evenly {
  let asked: Question[] | undefined;
  let askedAtMs = 0;

  function step(waiting: readonly Question[]): void {
    later(() => {
      // The clock may have been set back: nobody joins a step that is over.
      if (asked === waiting) asked = undefined;
      const left = waiting.filter(({ answer }) => answer === undefined);
      if (left.length > 0) step(left);
      for (const { answer } of waiting) answer?.();
    }, stepMs);
  }

  function ask(): Question {
    const nowMs = clock.nowMs();
    if (asked === undefined || askedAtMs !== nowMs) {
      asked = [];
      askedAtMs = nowMs;
      step(asked);
    }
    const question: Question = { answer: undefined };
    asked.push(question);
    return question;
  }

  return (run) => {
    const question = ask();
    const work = run();
    return new Promise((resolve) => {
      work.then((value) => {
        question.answer = () => resolve(value);
      }, () => {
        question.answer = () => resolve(work);
      });
    });
  };
}
