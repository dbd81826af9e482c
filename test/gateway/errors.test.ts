// Every stable code stands in docs/errors.md, and nothing stands there that no source gives.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { exitCodes } from '../../src/cli/failure.js';
import { closeReasons, rejectionCodes } from '../../src/core/frames.js';
import { httpErrorCodes } from '../../src/http/problem.js';

const root = join(import.meta.dirname, '../../..');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.includes('gen/'))
  .map((name) => ({ name, text: readFileSync(join(root, 'src', name), 'utf8') }));
const document = readFileSync(join(root, 'docs/errors.md'), 'utf8');

/** A code and where it comes from. */
type Found = readonly (readonly [code: string, place: string])[];

/** The members of every union that is named `…ErrorCode` or `…Reason`. */
const unions: Found = sources.flatMap(({ name, text }) => {
  const plain = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  return [...plain.matchAll(/type \w+(?:ErrorCode|Reason) =((?:\s*\|?\s*'[^']+')+);/g)].flatMap((union) =>
    [...(union[1] ?? '').matchAll(/'([^']+)'/g)].map((member) => [member[1]!, name] as const),
  );
});

/** Codes that are written where they are given. */
const literals: Found = sources.flatMap(({ name, text }) =>
  [...text.matchAll(/\bcode: '([^']+)'/g)]
    // What zod calls its own issues.
    .filter((match) => match[1] !== 'custom')
    .map((match) => [match[1]!, name] as const),
);

const lists: Found = [closeReasons, rejectionCodes, exitCodes]
  .flatMap((list) => Object.keys(list))
  .concat(httpErrorCodes)
  .map((code) => [code, 'a list'] as const);

/** Codes in the tables: the first cell that is code. */
const documented = new Set(
  [...document.matchAll(/^\|(?: [\d, ]+\||  ?\|)? `([^`]+)` \|/gm)].map((match) => match[1]!),
);

await t.test('every code of the sources is documented', (t) => {
  t.ok(unions.length > 30 && literals.length > 20, 'codes were found');
  for (const [code, place] of [...unions, ...literals, ...lists]) t.ok(documented.has(code), `${code} of ${place}`);
  t.end();
});

await t.test('every documented code is one that is given', (t) => {
  const given = new Set([...unions, ...literals, ...lists].map(([code]) => code));
  t.same([...documented].filter((code) => !given.has(code)), []);
  t.end();
});

await t.test('numbers and words belong together', (t) => {
  for (const [code, number] of Object.entries({ ...closeReasons, ...rejectionCodes, ...exitCodes })) {
    t.match(document, new RegExp(`^\\| ${number} \\| \`${code}\` \\|`, 'm'));
  }
  t.end();
});
