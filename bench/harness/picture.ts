// Bars as an SVG: a panel for each metric, a bar for each subject and size, a line from the lowest to the highest round. It follows the
// reader's light or dark setting, and loads nothing.

import type { Summary } from './benchmark.js';
import { numberText } from './table.js';

const width = 900;
const labelWidth = 300;
const valueWidth = 110;
const barHeight = 16;
const barGap = 6;
const panelHead = 40;
const barRoom = width - labelWidth - valueWidth;

const style = `
  .page { fill: #ffffff; } .ink { fill: #1c2430; } .quiet { fill: #55606e; } .own { fill: #1f6fd6; } .peer { fill: #9aa5b1; } .spread { stroke: #1c2430; }
  @media (prefers-color-scheme: dark) { .page { fill: #12161c; } .ink { fill: #e6eaf0; } .quiet { fill: #a3adba; } .own { fill: #69a8ff; }
    .peer { fill: #5c6774; } .spread { stroke: #e6eaf0; } }
  text { font: 12px system-ui, sans-serif; } .title { font-size: 15px; font-weight: 600; } .metric { font-weight: 600; }`;

export function barPicture(title: string, rows: readonly Summary[]): string {
  const panels = new Map<string, Summary[]>();
  for (const row of rows) {
    const key = row.unit === '' ? row.metric : `${row.metric}, ${row.unit}`;
    panels.set(key, [...(panels.get(key) ?? []), row]);
  }
  let y = 36;
  const parts: string[] = [];
  for (const [metric, bars] of panels) {
    const most = Math.max(...bars.map(({ high }) => high), Number.MIN_VALUE);
    parts.push(`<text class="metric ink" x="16" y="${y + 24}">${escaped(metric)}</text>`);
    y += panelHead;
    for (const bar of bars) {
      parts.push(oneBar(bar, y, most));
      y += barHeight + barGap;
    }
  }
  const height = y + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
<rect class="page" width="${width}" height="${height}"/>
<text class="title ink" x="16" y="28">${escaped(title)}</text>
${parts.join('\n')}
</svg>
`;
}

function oneBar(bar: Summary, y: number, most: number): string {
  const place = (value: number): number => labelWidth + (barRoom * Math.max(0, value)) / most;
  const middle = y + barHeight / 2;
  const spread = bar.rounds > 1 && bar.high > bar.low
    ? `<line class="spread" x1="${place(bar.low).toFixed(1)}" x2="${place(bar.high).toFixed(1)}" y1="${middle}" y2="${middle}"/>`
    : '';
  const kind = bar.subject.startsWith('lowbeat') ? 'own' : 'peer';
  return `<text class="quiet" x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end">${escaped(bar.subject)} · ${numberText(bar.n)}</text>`
    + `<rect class="${kind}" x="${labelWidth}" y="${y}" width="${(place(bar.value) - labelWidth).toFixed(1)}" height="${barHeight}"/>${spread}`
    + `<text class="ink" x="${(place(bar.high) + 6).toFixed(1)}" y="${middle + 4}">${numberText(bar.value)}</text>`;
}

export function escaped(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
