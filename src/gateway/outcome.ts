/** What went wrong in a way that the caller could have expected: a stable code of docs/errors.md and a sentence. */
export interface Refusal<Code extends string = string> {
  readonly code: Code;
  /** What was wrong and what would be right. */
  readonly message: string;
}

export type Outcome<Value, Code extends string = string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Refusal<Code> };

export function done<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function refused<Code extends string>(
  code: Code,
  message: string,
): { readonly ok: false; readonly error: Refusal<Code> } {
  return { ok: false, error: { code, message } };
}
