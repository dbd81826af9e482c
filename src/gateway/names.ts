import { idPrefixes, isId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import { done, refused } from './outcome.js';
import type { Outcome } from './outcome.js';

// Letters and digits of any script; what stands between them must not end a topic level, a shell word or a line.
const namePattern = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._@ -]*[\p{L}\p{M}\p{N}])?$/u;

/** The name in Unicode's composed form, so that what looks the same is the same. */
export function checkName(name: string): Outcome<string, 'bad-name'> {
  const composed = name.normalize();
  if (composed.length > limits.nameCharacters || !namePattern.test(composed)) {
    const shown = JSON.stringify(composed.length > limits.nameCharacters ? `${composed.slice(0, 32)}…` : composed);
    return refused(
      'bad-name',
      `name ${shown}: a name has 1 to ${limits.nameCharacters} letters, digits, spaces or . _ - @, and begins and ends with a letter or digit`,
    );
  }
  if (Object.values(idPrefixes).some((prefix) => isId(prefix, composed))) {
    return refused('bad-name', `name ${JSON.stringify(composed)} has the form of an id; choose another`);
  }
  return done(composed);
}
