// Sizes that read well: a file of about 400 lines, a function of about 60, a line of 100
// characters. What is above is told, and never fails: a table, a state machine, a fixture may have
// its reason.

import { join } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { readTree, type SourceTree } from '../../tools/imports.js';
import { roomFolders } from '../../tools/rooms.js';

const wanted = { fileLines: 400, functionLines: 60, lineCharacters: 100 };
const shown = 5;

const root = join(import.meta.dirname, '../../..');

interface Oversize {
  readonly what: string;
  readonly size: number;
}

function longFiles(tree: SourceTree): readonly Oversize[] {
  return [...tree]
    .map(([path, text]) => ({ what: path, size: text.trimEnd().split('\n').length }))
    .filter(({ size }) => size > wanted.fileLines);
}

/** Tests are left out: a plan may be long. */
function longFunctions(tree: SourceTree): readonly Oversize[] {
  return [...tree].filter(([path]) => !path.startsWith('test/')).flatMap(([path, text]) => {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
    const found: Oversize[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isFunctionLike(node) && 'body' in node) {
        const start = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
        const size = source.getLineAndCharacterOfPosition(node.end).line - start + 1;
        const named = node.name?.getText(source) ?? 'a function';
        if (size > wanted.functionLines) found.push({ what: `${path}:${start + 1} ${named}`, size });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function wideFiles(tree: SourceTree): readonly Oversize[] {
  return [...tree]
    .map(([path, text]) => ({
      what: path,
      size: text.split('\n').filter((line) => line.length > wanted.lineCharacters).length,
    }))
    .filter(({ size }) => size > 0);
}

/** One line: how many there are, and the worst. */
function summary(oversizes: readonly Oversize[], described: string, unit: string): string | undefined {
  if (oversizes.length === 0) return undefined;
  const worst = oversizes.toSorted((a, b) => b.size - a.size).slice(0, shown);
  const list = worst.map(({ what, size }) => `${what} (${size}${unit})`).join(', ');
  return `${oversizes.length} ${described}: ${list}${oversizes.length > shown ? ', …' : ''}`;
}

await t.test('sizes are told, and do not fail', (t) => {
  const tree = new Map([...readTree(root, roomFolders)].filter(([path]) => !path.startsWith('src/wire/gen/')));
  t.ok(tree.size > 20, 'source files were found');
  for (const line of [
    summary(longFiles(tree), `file(s) above ${wanted.fileLines} lines`, ' lines'),
    summary(longFunctions(tree), `function(s) above ${wanted.functionLines} lines`, ' lines'),
    summary(wideFiles(tree), `file(s) with lines above ${wanted.lineCharacters} characters`, ' such lines'),
  ]) {
    if (line !== undefined) t.comment(`warning: ${line}`);
  }
  t.end();
});

await t.test('the measures find what is too large', (t) => {
  const body = 'statement();\n'.repeat(wanted.functionLines);
  const tree = new Map([
    ['src/core/small.ts', 'export function small() {\n  return 1;\n}\n'],
    ['src/core/long.ts', `class A {\n  long() {\n${body}}\n}\n`],
    ['src/core/file.ts', 'a;\n'.repeat(wanted.fileLines + 1)],
    ['src/core/wide.ts', `// ${'x'.repeat(wanted.lineCharacters)}\n`],
  ]);
  t.same(longFunctions(tree), [{ what: 'src/core/long.ts:2 long', size: wanted.functionLines + 2 }]);
  t.same(longFiles(tree), [{ what: 'src/core/file.ts', size: wanted.fileLines + 1 }]);
  t.same(wideFiles(tree), [{ what: 'src/core/wide.ts', size: 1 }]);
  t.end();
});
