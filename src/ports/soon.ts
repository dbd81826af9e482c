/**
 * A value that is at hand, or will be: what is asked for very often need not wait for a promise when there is nothing to wait for. Who
 * returns one throws nothing at once: what fails rejects.
 */
export type Soon<Value> = Value | Promise<Value>;

/** What `run` brings. */
export function begun<Value>(run: () => Soon<Value>): Soon<Value> {
  return followed(undefined, run);
}

/** What `next` makes of the value, at once if that is at hand. If `next` throws, a promise that rejects. */
export function followed<Value, Result>(value: Soon<Value>, next: (value: Value) => Soon<Result>): Soon<Result> {
  if (value instanceof Promise) return value.then(next);
  try {
    return next(value);
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/** `failed` turns what it rejects with into another value, or throws. */
export function mended<Value>(value: Soon<Value>, failed: (error: unknown) => Value): Soon<Value> {
  return value instanceof Promise ? value.catch(failed) : value;
}
