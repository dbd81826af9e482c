// Reads which file of the project imports what, with the TypeScript compiler's own parser: import
// and export declarations, dynamic imports, `import('x').T`, `import x = require('x')`; types count
// like values.

import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** Text by path; paths are relative to the root, with forward slashes. */
export type SourceTree = ReadonlyMap<string, string>;

export type ImportTarget =
  | { readonly kind: 'file'; readonly path: string }
  /** Name without a subpath: `protobufjs`, `@types/node`. */
  | { readonly kind: 'package'; readonly name: string }
  /** With `node:`, whether or not it was written so. */
  | { readonly kind: 'builtin'; readonly name: string }
  /** A path that is no file of the tree, or a specifier that is not a plain string. */
  | { readonly kind: 'unknown' };

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  readonly target: ImportTarget;
}

/** What stands for a path inside the project: `imports` of package.json, and the package's own name. */
export interface SpecifierAliases {
  /** `#gen/` → `src/wire/gen/`. */
  readonly prefixes: Readonly<Record<string, string>>;
  /** `lowbeat/device` → `src/device/index.ts`. */
  readonly names: Readonly<Record<string, string>>;
}

/** Every source file below these folders. */
export function readTree(root: string, folders: readonly string[]): SourceTree {
  const tree = new Map<string, string>();
  for (const folder of folders) {
    for (const name of namesBelow(join(root, folder))) {
      if (!/\.(ts|tsx|mts|js|mjs)$/.test(name)) continue;
      const path = join(root, folder, name);
      tree.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
    }
  }
  return tree;
}

function namesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

export function importsOf(tree: SourceTree, aliases: SpecifierAliases): readonly Import[] {
  return [...tree].flatMap(([from, text]) =>
    specifiersOf(from, text).map(({ specifier, line }) => {
      const target: ImportTarget = specifier === undefined
        ? { kind: 'unknown' }
        : resolve(from, specifier, tree, aliases);
      return { from, line, specifier: specifier ?? 'a computed path', target };
    }),
  );
}

interface Specifier {
  /** Undefined when it is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
}

function specifiersOf(path: string, text: string): readonly Specifier[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const found: Specifier[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierNode(node);
    if (specifier !== undefined) {
      found.push({
        specifier: ts.isStringLiteralLike(specifier) ? specifier.text : undefined,
        line: source.getLineAndCharacterOfPosition(specifier.getStart(source)).line + 1,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function specifierNode(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword
    || (ts.isIdentifier(node.expression) && node.expression.text === 'require');
  return isImport ? node.arguments[0] : undefined;
}

function resolve(
  from: string, specifier: string, tree: SourceTree, aliases: SpecifierAliases,
): ImportTarget {
  if (specifier.startsWith('.')) return file(posix.join(posix.dirname(from), specifier), tree);
  const named = aliases.names[specifier];
  if (named !== undefined) return file(named, tree);
  for (const [prefix, path] of Object.entries(aliases.prefixes)) {
    if (specifier.startsWith(prefix)) return file(path + specifier.slice(prefix.length), tree);
  }
  if (isBuiltin(specifier)) {
    return { kind: 'builtin', name: specifier.startsWith('node:') ? specifier : `node:${specifier}` };
  }
  const parts = specifier.split('/');
  return { kind: 'package', name: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}

/** A compiled name stands for its source: `x.js` is `x.ts` or `x.tsx` where that exists. */
function file(path: string, tree: SourceTree): ImportTarget {
  const source = path.replace(/\.(m?)js$/, '.$1ts');
  const found = [source, `${source}x`, path].find((candidate) => tree.has(candidate));
  return found === undefined ? { kind: 'unknown' } : { kind: 'file', path: found };
}

/** The aliases that a package.json declares. */
export function aliasesOf(packageJson: {
  readonly name: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}): SpecifierAliases {
  const prefixes: Record<string, string> = {};
  for (const [alias, path] of Object.entries(packageJson.imports)) {
    prefixes[alias.replace(/\*$/, '')] = posix.normalize(path.replace(/\*$/, ''));
  }
  const names: Record<string, string> = {};
  for (const [subpath, target] of Object.entries(packageJson.exports)) {
    const path = posix.normalize(typeof target === 'string' ? target : target.default);
    names[posix.join(packageJson.name, subpath)] = path.replace(/^dist\//, '').replace(/\.js$/, '.ts');
  }
  return { prefixes, names };
}
