// The report as one file: nothing is loaded from anywhere.

import type { CompareRow } from '../compare.js';
import { dayChart, frontChart, learningChart, ratioChart, sharedLinkChart } from './charts.js';
import { deviationText } from '../validate.js';
import type { ReportData } from './measure.js';

/** Shared by the page and the picture of the README. */
export const lightColours = `
  --page: #ffffff; --ink: #1c2430; --quiet: #55606e; --rule: #d4dae1; --band: #e4e9ef; --rival: #7d8896;
  --series-1: #1f6fd6; --series-2: #12805c; --series-3: #b07a00; --series-4: #6a4fc8; --series-5: #c9402f;`;
export const darkColours = `
  --page: #12161c; --ink: #e6eaf0; --quiet: #a3adba; --rule: #333c47; --band: #28303a; --rival: #8e99a8;
  --series-1: #69a8ff; --series-2: #3fc296; --series-3: #e3b040; --series-4: #a48cf5; --series-5: #ff7c68;`;

export function reportPage(data: ReportData): string {
  const { options, commit, machine } = data;
  const phones = `${options.devices} phones × ${options.days} days × ${options.seeds.length} seeds, ${options.set} set`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lowbeat: what a heartbeat costs</title>
<style>
:root { color-scheme: light dark;${lightColours} }
@media (prefers-color-scheme: dark) { :root {${darkColours} } }
body { margin: 0 auto; max-width: 1020px; padding: 2rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 .4rem; }
p { max-width: 46rem; margin: .4rem 0 1rem; }
.quiet, figcaption { color: var(--quiet); font-size: .92rem; }
figure { margin: 1.2rem 0 2rem; }
figure > svg { max-width: 100%; height: auto; color: var(--quiet); }
figcaption strong { color: var(--ink); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem; align-items: end; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .6rem 0; }
th, td { padding: .25rem .7rem .25rem 0; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: top; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
thead th { color: var(--quiet); font-weight: 600; }
@media (max-width: 44rem) { figure { overflow-x: auto; } figure > svg { max-width: none; } .pair { display: block; } }
tr.own td { font-weight: 600; color: var(--series-1); }
td.doubtful { color: var(--series-5); }
summary { cursor: pointer; color: var(--quiet); padding: .3rem 0; }
</style>
</head>
<body>
<main>
<h1>What a heartbeat costs a phone</h1>
<p class="quiet">${text(phones)} · commit ${text(commit || 'unknown')} · ${text(machine.processor)}, Node ${text(machine.node)}.
Energy is the link's own: the same phone without any link is taken off. Percentages are of a full battery: ${text(data.batteryTitle)}.</p>
${sharedLinkSection(data)}
${frontSections(data)}
${daySection(data)}
${learningSection(data)}
${validationSection(data)}
${sourcesSection(data)}
</main>
</body>
</html>
`;
}

function sharedLinkSection({ sharedLink, rows }: ReportData): string {
  if (sharedLink.length === 0) return '';
  const mixed = rows.filter(({ world }) => world === 'mixed');
  return `<section><h2>One shared link instead of one socket per app</h2>
<p>Ten apps with a connection each wake the radio at ten rhythms. The same notifications over one shared link need one rhythm, and that one learned.
The intervals are those of ten real apps, 45 s to 30 min, in an order drawn for each phone; dashed: every app at a patient 5 minutes.</p>
<div class="pair">
${figure(sharedLinkChart(sharedLink), '<strong>Times the energy of the shared link</strong>, by number of apps and radio; logarithmic.')}
${mixed.length > 0 ? figure(ratioChart(mixed), '<strong>Strategies on one link, mixed day</strong>: geometric mean over the radios, line: least to most; logarithmic.') : ''}
</div>
${details('The factor as a table', table(
  ['radio', 'apps', 'factor', 'factor, all at 5 min', 'sockets J/day', 'sockets battery %/day', 'one link J/day', 'one link battery %/day'],
  sharedLink.map((row) => [
    row.profile, row.apps, row.factor.toFixed(1), row.patientFactor.toFixed(1),
    row.socketsJoulesPerDay.toFixed(1), row.socketsPercentPerDay.toFixed(3), row.linkJoulesPerDay.toFixed(1), row.linkPercentPerDay.toFixed(3),
  ]),
))}</section>`;
}

function frontSections({ rows, worldTitles }: ReportData): string {
  const worlds = [...new Set(rows.map(({ world }) => world))];
  return `<section><h2>Energy against lateness</h2>
<p>A strategy that saves energy by letting the link die is late. To the left and down is better; 1 is the clairvoyant optimum, which
knows every timeout, notification and visible burst beforehand.</p>
${worlds
  .map((world) => {
    const own = rows.filter((row) => row.world === world);
    const title = worldTitles[world] ?? world;
    return `${figure(frontChart(own, title), `<strong>${text(title)}</strong>: mean over ${new Set(own.map(({ profile }) => profile)).size} radios.`)}
${details(`${title}: every row`, rowsTable(own))}`;
  })
  .join('\n')}</section>`;
}

function rowsTable(rows: readonly CompareRow[]): string {
  const sorted = [...rows].sort((a, b) => a.profile.localeCompare(b.profile) || a.energyRatio - b.energyRatio);
  return table(
    ['strategy', 'radio', 'energy', 'J/day', 'battery %/day', 'late %', 'p95 s', 'max s', 'beats/day', 'connects/day'],
    sorted.map((row) => [
      row.strategy, row.profile, row.energyRatio.toFixed(3), row.joulesPerDay.toFixed(1), row.batteryPercentPerDay.toFixed(3), row.latePercent.toFixed(3),
      row.latenessP95S.toFixed(1), row.latenessMaxS.toFixed(0), row.beatsPerDay.toFixed(1), row.reconnectsPerDay.toFixed(1),
    ]),
    ([strategy]) => strategy === 'lowbeat',
  );
}

function daySection({ days, strategyTitles }: ReportData): string {
  if (days.length === 0) return '';
  return `<section><h2>A phone's day</h2>
<p>The same working day in the mixed world: the network, the moments the radio is out of its idle state, heartbeats on an alarm of their own (blue) with dead links
(red diamonds), and what others do on the radio (grey).</p>
${days
  .map((day) => {
    const title = strategyTitles[day.strategy] ?? day.strategy;
    const beats = day.instants.filter(({ what }) => what === 'beat').length;
    return figure(dayChart(day, title), `<strong>${text(title)}</strong>: ${beats} heartbeats that woke the radio for themselves.`);
  })
  .join('\n')}</section>`;
}

function learningSection({ learning }: ReportData): string {
  if (learning.length === 0) return '';
  return `<section><h2>Learning a timeout</h2>
${figure(learningChart(learning), '<strong>The silence that is allowed</strong> (blue) on six carriers, and what each really keeps (red, dashed), which nobody tells the phone.')}
</section>`;
}

function validationSection({ validation }: ReportData): string {
  return `<section><h2>The simulator beside measurements</h2>
<div class="wide">${table(
  ['what', 'unit', 'published', 'simulated', 'deviation', 'tolerance', '', 'source'],
  validation.map((row) => [
    row.what, row.unit, String(row.published), row.simulated.toPrecision(4), deviationText(row),
    row.tolerance === 0 ? 'exact' : `${(100 * row.tolerance).toFixed(0)} %`, row.holds ? 'holds' : 'out', row.source,
  ]),
)}</div></section>`;
}

function sourcesSection({ sourcedNumbers, profileTitles, batteryTitle }: ReportData): string {
  const files = [...new Set(sourcedNumbers.map(({ of }) => of))];
  return `<section><h2>Where the numbers come from</h2>
<p>Read: read in the source. Derived: computed from it. Recalled: remembered and not read again. Assumed: no source was found.
No result rests on one radio alone.</p>
${files
  .map((file) => {
    const own = sourcedNumbers.filter(({ of }) => of === file);
    const body = own
      .map(({ field, value, status, source }) => {
        const doubtful = status === 'recalled' || status === 'assumed';
        return `<tr><td>${text(field)}</td><td>${value}</td><td class="text${doubtful ? ' doubtful' : ''}">${status}</td><td class="text">${text(source)}</td></tr>`;
      })
      .join('\n');
    const head = '<thead><tr><th>number</th><th>value</th><th class="text">status</th><th class="text">source</th></tr></thead>';
    return details(`${file}: ${profileTitles[file] ?? batteryTitle}`, `<div class="wide"><table>${head}<tbody>${body}</tbody></table></div>`);
  })
  .join('\n')}</section>`;
}

function figure(picture: string, caption: string): string {
  return `<figure>${picture}<figcaption>${caption}</figcaption></figure>`;
}

function details(summary: string, content: string): string {
  return `<details><summary>${text(summary)}</summary><div class="wide">${content}</div></details>`;
}

/** Columns of words; the others are numbers, set flush right. */
const wordColumns = ['strategy', 'radio', 'what', 'unit', '', 'source'];

type Cells = readonly (string | number)[];

function table(header: Cells, rows: readonly Cells[], own: (row: Cells) => boolean = () => false): string {
  const words = header.map((cell) => (wordColumns.includes(String(cell)) ? ' class="text"' : ''));
  const head = header.map((cell, column) => `<th scope="col"${words[column]}>${text(String(cell))}</th>`).join('');
  const cells = (row: Cells): string => row.map((cell, column) => `<td${words[column]}>${text(String(cell))}</td>`).join('');
  const body = rows
    .map((row) => `<tr${own(row) ? ' class="own"' : ''}>${cells(row)}</tr>`)
    .join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function text(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
