// `npm run bench:report`: one page of all results in bench-results/, with targets beside figures. Nothing is loaded from anywhere.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { benchmarks } from './benchmarks.js';
import { holds } from './harness/benchmark.js';
import { barPicture, escaped } from './harness/picture.js';
import { projectFolder } from './harness/processes.js';
import { readResults } from './harness/results.js';
import type { Result } from './harness/results.js';
import { figureText, numberText, withUnit } from './harness/table.js';

const folder = process.argv[2] ?? join(projectFolder, 'bench-results');
const order = benchmarks.map(({ name }) => name);
const results = readResults(folder).sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
if (results.length === 0) throw new Error(`${folder} holds no results; npm run bench makes some`);
const path = join(folder, 'index.html');
writeFileSync(path, page(results));
process.stdout.write(`${path}\n`);

function page(all: readonly Result[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lowbeat: what it costs</title>
<style>
:root { color-scheme: light dark; --page: #ffffff; --ink: #1c2430; --quiet: #55606e; --rule: #d4dae1; --well: #12805c; --ill: #c9402f; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --ink: #e6eaf0; --quiet: #a3adba; --rule: #333c47; --well: #3fc296; --ill: #ff7c68; } }
body { margin: 0 auto; max-width: 1020px; padding: 2rem 1rem 4rem; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; } h2 { font-size: 1.3rem; margin: 3rem 0 .4rem; }
.quiet { color: var(--quiet); font-size: .92rem; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; margin: 1rem 0; }
th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
.well { color: var(--well); } .ill { color: var(--ill); font-weight: 600; }
svg { max-width: 100%; height: auto; }
summary { cursor: pointer; color: var(--quiet); }
</style>
</head>
<body>
<main>
<h1>What it costs</h1>
<p class="quiet">Medians over fresh processes, lowest to highest in parentheses. Each part says on which machine, at which commit and with which sizes it was measured.</p>
${targets(all)}
${all.map(section).join('\n')}
</main>
</body>
</html>
`;
}

function targets(all: readonly Result[]): string {
  const rows = all.flatMap(({ name, full, targets: own }) => own.map((target) => [
    `<a href="#${name}">${escaped(target.what)}</a>`,
    withUnit(target.figure, target.unit),
    `${target.sense} ${withUnit(target.limit, target.unit)}`,
    holds(target) ? '<span class="well">holds</span>' : '<span class="ill">missed</span>',
    full ? 'full' : 'small sizes',
  ]));
  return `<h2>Targets</h2>${table(['target', 'figure', 'wanted', '', ''], rows)}`;
}

function section(result: Result): string {
  const { name, title, about, rows, counts, notes, machine, commit, seed, startedAt, seconds, full } = result;
  const metrics = [...new Set(rows.map(({ metric, unit }) => (unit === '' ? metric : `${metric}, ${unit}`)))];
  const lines = [...new Set(rows.map(({ subject, n }) => JSON.stringify([subject, n])))].map((key) => {
    const [subject, n] = JSON.parse(key) as [string, number];
    return [escaped(subject), numberText(n), ...metrics.map((metric) => {
      const row = rows.find((each) => each.subject === subject && each.n === n
        && metric === (each.unit === '' ? each.metric : `${each.metric}, ${each.unit}`));
      return row === undefined ? '' : figureText(row);
    })];
  });
  return `<section id="${name}"><h2>${escaped(title)}</h2>
<p>${escaped(about)}</p>
${barPicture(title, rows)}
<details><summary>Every figure</summary><div class="wide">${table(['', counts, ...metrics].map(escaped), lines)}</div></details>
${notes.map((note) => `<p class="quiet">${escaped(note)}</p>`).join('\n')}
<p class="quiet">${escaped(machine.processor)}, ${machine.cores} cores, ${numberText(Math.round(machine.memoryBytes / 2 ** 30))} GiB, Linux ${escaped(machine.kernel)},
Node ${escaped(machine.node)}, load ${machine.loadAtStart} before; commit ${escaped(commit)}, seed ${seed}, ${full ? 'full' : 'small'} sizes, ${startedAt.slice(0, 16)}, ${Math.round(seconds)} s.</p>
</section>`;
}

/** Cells are HTML. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => `<th scope="col">${cell}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}
