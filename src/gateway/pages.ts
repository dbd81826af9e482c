import { limits } from '../core/limits.js';
import type { ListRange } from '../ports/store.js';
import { done, refused } from './outcome.js';
import type { Outcome } from './outcome.js';
import type { PageRequest } from './registry-answers.js';

export function range<Id extends string>(after: Id | undefined, limit: number): ListRange<Id> {
  return after === undefined ? { limit } : { after, limit };
}

const cursorPattern = /^[a-z]{3}_[0-9a-z]{1,64}(?::[a-z]{3}_[0-9a-z]{1,64})?$/;

export function checkPage(
  request: PageRequest,
): Outcome<{ readonly after: string | undefined; readonly limit: number }, 'bad-range'> {
  const { after, limit = limits.pageItems } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageItems) {
    return refused('bad-range', `limit must be a whole number from 1 to ${limits.pageItems}, not ${limit}`);
  }
  if (after !== undefined && !cursorPattern.test(after)) {
    return refused('bad-range', `after must be the "next" of the page before, not ${JSON.stringify(after.slice(0, 80))}`);
  }
  return done({ after, limit });
}
