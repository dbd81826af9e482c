/** Runs what an app asked for, and answers when its time does not tell of anybody. */
export type Evenly = <Value>(run: () => Promise<Value>) => Promise<Value>;

export interface EvenAnswersOptions {
  readonly stepMs: number;
  /** Calls back once, so many milliseconds later; `setTimeout` outside of tests. */
  readonly later: (run: () => void, delayMs: number) => void;
}

/**
 * An answer comes a whole number of steps after its question. What is kept for a device that is there is acknowledged within
 * milliseconds, and that write is in the way of the next one; what is kept for nobody costs less. Without steps an app that asks often
 * enough reads from its clock who is there, hidden or not (facts/presence H3).
 *
 * The steps run from the question on, and not from when the work is done, so that a timer is not early or late by what the work was.
 */
export function evenAnswers({ stepMs, later }: EvenAnswersOptions): Evenly {
  return async (run) => {
    let done = false;
    const result = run().finally(() => {
      done = true;
    });
    // Whoever waits for it hears of a failure; until then nobody does.
    result.catch(() => undefined);
    do await new Promise<void>((resolve) => later(resolve, stepMs));
    while (!done);
    return result;
  };
}
