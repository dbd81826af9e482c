/** A value that is at hand, or will be: what is asked for very often need not wait for a promise when there is nothing to wait for. */
export type Soon<Value> = Value | Promise<Value>;
