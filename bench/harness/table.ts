// Results for people, as text.

import { holds } from './benchmark.js';
import type { Summary, Target } from './benchmark.js';

/** A line for each subject and size, a column for each metric; medians, with lowest and highest where there were several rounds. */
export function resultTable(rows: readonly Summary[], counts: string): string {
  const metrics = [...new Set(rows.map(columnOf))];
  const lines = new Map<string, Map<string, string>>();
  for (const row of rows) {
    const key = JSON.stringify([row.subject, row.n]);
    const line = lines.get(key) ?? new Map<string, string>();
    lines.set(key, line.set(columnOf(row), figureText(row)));
  }
  return textTable(['', counts, ...metrics], [...lines].map(([key, line]) => {
    const [subject, n] = JSON.parse(key) as [string, number];
    return [subject, n.toLocaleString('en'), ...metrics.map((metric) => line.get(metric) ?? '')];
  }));
}

export function targetTable(targets: readonly Target[]): string {
  return textTable(['target', 'figure', '', 'limit', ''], targets.map((target) => [
    target.what,
    withUnit(target.figure, target.unit),
    target.sense,
    withUnit(target.limit, target.unit),
    holds(target) ? 'holds' : 'MISSED',
  ]));
}

function columnOf({ metric, unit }: Summary): string {
  return unit === '' ? metric : `${metric}, ${unit}`;
}

export function figureText({ value, low, high, rounds }: Summary): string {
  const shown = numberText(value);
  return rounds > 1 ? `${shown} (${numberText(low)}–${numberText(high)})` : shown;
}

export function withUnit(value: number, unit: string): string {
  return unit === '' ? numberText(value) : `${numberText(value)} ${unit}`;
}

/** Three digits that count. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en', { minimumFractionDigits: Math.min(digits, 6), maximumFractionDigits: Math.min(digits, 6) });
}

function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd();
  return `${[line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')}\n`;
}
