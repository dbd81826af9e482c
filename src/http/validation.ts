import type { z } from 'zod';

import { done } from '../gateway/outcome.js';
import { refuse } from './problem.js';
import type { Answer, KeyError } from './problem.js';

const shownCharacters = 64;

/** Checks outside input; a mistake names the key, the value and what is allowed. */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): Answer<z.output<Schema>> {
  const result = schema.safeParse(input);
  if (result.success) return done(result.data);
  const errors = result.error.issues.flatMap((issue) => describe(issue, input));
  const first = errors[0];
  const detail =
    first === undefined ? 'the request is not what this address takes' : `${first.key || 'body'}: ${first.allowed}, not ${first.value}`;
  return refuse({ status: 400, code: 'bad-request', detail, errors });
}

/** The keys that were given: an absent key and one that is undefined are two things further in. */
export function given<Input extends object>(input: Input): { [Key in keyof Input]: Exclude<Input[Key], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Input]: Exclude<Input[Key], undefined>;
  };
}

function describe(issue: z.core.$ZodIssue, input: unknown): KeyError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      key: [...issue.path, key].map(String).join('.'),
      value: shown(at(input, [...issue.path, key])),
      allowed: 'there is no such key',
    }));
  }
  return [{ key: issue.path.map(String).join('.'), value: shown(at(input, issue.path)), allowed: issue.message }];
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
