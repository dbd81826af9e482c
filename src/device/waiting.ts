interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** Promises that something from the gateway will settle, by its key. */
export class Waiting<Key, Value> {
  readonly #waiters = new Map<Key, Waiter<Value>[]>();

  wait(key: Key): Promise<Value> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(key);
      if (waiters === undefined) this.#waiters.set(key, [{ resolve, reject }]);
      else waiters.push({ resolve, reject });
    });
  }

  resolve(key: Key, value: Value): void {
    for (const waiter of this.#take(key)) waiter.resolve(value);
  }

  reject(key: Key, error: Error): void {
    for (const waiter of this.#take(key)) waiter.reject(error);
  }

  rejectAll(error: Error): void {
    for (const key of [...this.#waiters.keys()]) this.reject(key, error);
  }

  #take(key: Key): readonly Waiter<Value>[] {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    return waiters;
  }
}
