// What documents and manifests say is there: links, commands, exact versions; and nothing names the
// place of one machine.

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import MarkdownIt, { type Token } from 'markdown-it';
import t from 'tap';

const root = join(import.meta.dirname, '../../..');

/** What is installed, built, kept or left by a run, and no part of the repository. */
const notOurs = new Set(['node_modules', 'dist', 'data', 'bench-results', '.git', '.tap']);

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [relative(root, path).split(sep).join('/')] : [];
  });
}

const files = filesBelow(root);
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Document {
  readonly links: readonly string[];
  /** As GitHub names its headings. */
  readonly anchors: ReadonlySet<string>;
}

const markdown = new MarkdownIt({ html: true });

function readDocument(text: string): Document {
  const links: string[] = [];
  const anchors = new Set<string>();
  const visit = (token: Token): void => {
    for (const name of ['href', 'src']) {
      const link = token.attrGet(name);
      if (link !== null) links.push(link);
    }
    if (token.type.startsWith('html_')) {
      for (const [, link = ''] of token.content.matchAll(/(?:src|href|srcset)="([^" ]*)/g)) links.push(link);
      for (const [, anchor = ''] of token.content.matchAll(/(?:id|name)="([^"]*)"/g)) anchors.add(anchor);
    }
    token.children?.forEach(visit);
  };
  const tokens = markdown.parse(text, {});
  tokens.forEach((token, index) => {
    visit(token);
    const heading = tokens[index + 1];
    if (token.type === 'heading_open' && heading !== undefined) anchors.add(anchorOf(heading.content));
  });
  return { links, anchors };
}

function anchorOf(heading: string): string {
  const plain = heading.toLowerCase().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return plain.replaceAll(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '').replaceAll(' ', '-');
}

/** Why a link of a document leads nowhere; addresses of the web are not asked. */
function deadLink(document: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined;
  if (link.startsWith('/')) return `${document}: ${link} should be relative`;
  const [path = '', anchor = ''] = link.split('#', 2).map((part) => decodeURIComponent(part));
  const target = path === '' ? document : normalize(join(dirname(document), path));
  if (target.startsWith('..') || !existsSync(join(root, target))) return `${document}: ${link} is not there`;
  if (anchor === '' || !target.endsWith('.md')) return undefined;
  return readDocument(textOf(target)).anchors.has(anchor) ? undefined : `${document}: ${link} has no such heading`;
}

const documents = files.filter((path) => path.endsWith('.md'));

await t.test('links of the documents lead somewhere', (t) => {
  t.ok(documents.includes('CONTRIBUTING.md'), 'documents were found');
  const dead = documents.flatMap((path) =>
    readDocument(textOf(path)).links.flatMap((link) => deadLink(path, link) ?? []));
  t.same(dead, []);
  t.match(deadLink('docs/architecture.md', 'gone.md'), /is not there/);
  t.match(deadLink('docs/architecture.md', '../../outside.md'), /is not there/);
  t.match(deadLink('CONTRIBUTING.md', 'docs/architecture.md#no-such-heading'), /no such heading/);
  t.end();
});

await t.test('every invariant of the architecture names tests that are there', (t) => {
  const [, section = ''] = textOf('docs/architecture.md').split('\n## Invariants\n');
  const rows = [...section.matchAll(/^\| (\d+) \| [^|]* \| ([^|]*) \|$/gm)];
  t.ok(rows.length >= 6, 'invariants were found');
  for (const [, number = '', cell = ''] of rows) {
    const named = [...cell.matchAll(/\]\(\.\.\/(test\/[^)]*)\)(?:: “([^”]*)”)?/g)];
    t.not(named.length, 0, `invariant ${number} names a test`);
    for (const [, file = '', name = ''] of named) {
      t.ok(existsSync(join(root, file)) && textOf(file).includes(name), `${file} has “${name}”`);
    }
  }
  t.end();
});

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(textOf('package.json')) as Manifest;

await t.test('commands that the documents name are there', (t) => {
  const named = documents.flatMap((path) =>
    [...textOf(path).matchAll(/\bnpm (?:run (?:--?[a-z-]+ )*([\w:-]+)|(test|start)\b)/g)].map(
      ([, script, known]) => ({ path, script: script ?? known ?? '' })));
  t.ok(named.some(({ script }) => script === 'test'), 'commands were found');
  t.same(named.filter(({ script }) => manifest.scripts[script] === undefined), []);
  t.end();
});

await t.test('scripts and tools name files that are there', (t) => {
  const missing = Object.entries(manifest.scripts).flatMap(([name, command]) =>
    [...command.matchAll(/\bnode ([\w./-]+)/g)].flatMap(([, path = '']) => {
      const source = path.startsWith('dist/') ? path.slice('dist/'.length).replace(/\.js$/, '.ts') : path;
      return existsSync(join(root, source)) ? [] : [`${name}: ${source}`];
    }));
  t.same(missing, []);
  t.end();
});

await t.test('nothing names a place of one machine', (t) => {
  // Put together here, so that this file does not name one either.
  const place = new RegExp(`(?<![\\w.:/-])/(?:${['work', 'home', 'Users', 'root'].join('|')})/\\w`);
  const naming = files
    .filter((path) => path !== 'package-lock.json' && statSync(join(root, path)).size < 1_000_000)
    .flatMap((path) => textOf(path).split('\n').flatMap((line, index) =>
      place.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : []));
  t.same(naming, []);
  t.match('see /' + 'home/somebody', place);
  t.notMatch('https://example.org/home/page', place);
  t.end();
});

await t.test('versions are exact', (t) => {
  const { dependencies, devDependencies, overrides } = manifest;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...overrides })) {
    t.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
  }
  t.end();
});

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
}

await t.test('packages come from the public registry, each with its hash', (t) => {
  const lock = JSON.parse(textOf('package-lock.json')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  t.ok(packages.length > 100, 'packages were found');
  t.same(packages.filter(([, { resolved }]) =>
    resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')), []);
  t.same(packages.filter(([, { integrity, inBundle }]) => integrity === undefined && inBundle !== true), []);
  t.end();
});
