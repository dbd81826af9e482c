/** A value that is at hand, or will be: what is asked for very often need not wait for a promise when there is nothing to wait for. */
export type Soon<Value> = Value | Promise<Value>;

/** One that throws at once rejects. */
export function begun<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return run();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
