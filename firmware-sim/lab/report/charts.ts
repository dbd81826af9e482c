// The pictures, as SVG text. Colours are CSS variables, so that one picture is readable in light and in dark.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { optimumId, type CompareRow } from '../compare.js';
import type { LearningPoint, PhoneDay } from '../phone-day.js';
import type { SharedLinkRow } from '../shared-link.js';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

const fontSize = '12px';
const seriesColours = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)'];
const factorTicks = [1, 2, 5, 10, 20, 50, 100, 200];
const timeTicks: readonly (readonly [seconds: number, label: string])[] = [
  [120, '2 min'], [300, '5 min'], [600, '10 min'], [1_800, '30 min'], [3_600, '1 h'], [7_200, '2 h'], [14_400, '4 h'], [28_800, '8 h'],
];

function svg(options: Plot.PlotOptions): string {
  const element = Plot.plot({ document, style: { fontSize, background: 'none', overflow: 'visible' }, ...options });
  element.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  element.setAttribute('role', 'img');
  return element.outerHTML;
}

/** How much more energy a socket for each app takes, by number of apps, a line for each radio. */
export function sharedLinkChart(rows: readonly SharedLinkRow[], width = 560, height = 380): string {
  const profiles = [...new Set(rows.map(({ profile }) => profile))];
  const ends = rows.filter(({ apps }) => apps === Math.max(...rows.map((row) => row.apps)));
  const most = Math.max(...rows.map(({ factor }) => factor));
  const patient = patientLine(rows);
  const patientEnd = patient.slice(-1).map(({ apps, factor }) => ({
    text: `all at 5 min  ×${factor.toFixed(0)}`, apps, factor, profile: '',
  }));
  const labels = spread(
    [
      ...ends.map(({ profile, factor, apps }) => ({ text: `${profile}  ×${factor.toFixed(0)}`, apps, factor, profile })),
      ...patientEnd,
    ],
    ({ factor }) => Math.log(factor),
    (0.045 * Math.log(most * 1.2) * 380) / height,
  );
  return svg({
    width,
    height,
    marginLeft: 48,
    marginRight: 150,
    marginBottom: 40,
    ariaLabel: 'Energy of one socket per app over one shared link, by number of apps',
    x: { label: 'apps on the phone', ticks: 10, tickFormat: 'd', labelAnchor: 'center', labelArrow: 'none' },
    y: { type: 'log', label: null, ticks: factorTicks.filter((tick) => tick <= most * 1.2), tickFormat: '~s', grid: true, domain: [1, most * 1.2], labelArrow: 'none' },
    color: { domain: profiles, range: seriesColours },
    marks: [
      Plot.lineY(patient, { x: 'apps', y: 'factor', stroke: 'var(--rival)', strokeWidth: 2, strokeDasharray: '6 4' }),
      Plot.lineY(rows, { x: 'apps', y: 'factor', stroke: 'profile', strokeWidth: 2 }),
      Plot.dot(rows, { x: 'apps', y: 'factor', fill: 'profile', r: 3 }),
      ...labels.map((label) =>
        Plot.text([label], {
          x: 'apps', y: Math.exp(label.at), text: 'text', textAnchor: 'start', dx: 12, fontWeight: 600,
          fill: label.profile === '' ? 'var(--quiet)' : (seriesColours[profiles.indexOf(label.profile)] ?? 'var(--ink)'),
        }),
      ),
    ],
  });
}

/** Every app at 300 s: the geometric mean over the radios. */
function patientLine(rows: readonly SharedLinkRow[]): { apps: number; factor: number }[] {
  return [...new Set(rows.map(({ apps }) => apps))].map((apps) => {
    const logs = rows.filter((row) => row.apps === apps).map(({ patientFactor }) => Math.log(patientFactor));
    return { apps, factor: Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) };
  });
}

export interface StrategySummary {
  readonly strategy: string;
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
  readonly late: number;
}

/** Over the radios: the geometric mean of the ratio with its range, and the mean share of late notifications. */
export function summarize(rows: readonly CompareRow[]): StrategySummary[] {
  return [...new Set(rows.map(({ strategy }) => strategy))]
    .map((strategy) => {
      const own = rows.filter((row) => row.strategy === strategy);
      const ratios = own.map(({ energyRatio }) => energyRatio);
      return {
        strategy,
        ratio: Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / own.length),
        least: Math.min(...ratios),
        most: Math.max(...ratios),
        late: own.reduce((sum, { latePercent }) => sum + latePercent, 0) / own.length,
      };
    })
    .sort((a, b) => a.ratio - b.ratio);
}

function colourOf(strategy: string): string {
  if (strategy === 'lowbeat') return 'var(--series-1)';
  if (strategy.startsWith('sockets')) return 'var(--series-5)';
  return strategy === optimumId ? 'var(--ink)' : 'var(--rival)';
}

/** Strategies of one world, least energy on top: a dot on a logarithmic axis, the range over the radios as a line. */
export function ratioChart(rows: readonly CompareRow[], width = 560, height = 380): string {
  const strategies = summarize(rows);
  const most = Math.max(...strategies.map((each) => each.most));
  return svg({
    width,
    height,
    marginLeft: 92,
    marginRight: 118,
    marginBottom: 40,
    ariaLabel: 'Energy of each strategy over the clairvoyant optimum',
    x: { type: 'log', label: 'energy, clairvoyant optimum = 1', ticks: factorTicks.filter((tick) => tick <= most * 1.1), tickFormat: '~s', grid: true, domain: [0.95, most * 1.1], labelAnchor: 'center', labelArrow: 'none' },
    y: { label: null, domain: strategies.map(({ strategy }) => strategy), tickSize: 0 },
    marks: [
      Plot.ruleY(strategies, { y: 'strategy', x1: 'least', x2: 'most', stroke: ({ strategy }: StrategySummary) => colourOf(strategy), strokeWidth: 3, strokeOpacity: 0.45 }),
      Plot.dot(strategies, { y: 'strategy', x: 'ratio', r: 5, fill: ({ strategy }: StrategySummary) => colourOf(strategy) }),
      Plot.text(strategies, {
        y: 'strategy', x: 'most', dx: 10, textAnchor: 'start', fill: 'var(--ink)',
        text: ({ ratio, late }: StrategySummary) => `×${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)}${late >= 0.05 ? `, ${late.toFixed(1)} % late` : ''}`,
      }),
    ],
  });
}

/** Energy against lateness of one world: to the left and down is better. */
export function frontChart(rows: readonly CompareRow[], title: string): string {
  const strategies = summarize(rows);
  const width = 980;
  const most = Math.max(...strategies.map(({ ratio }) => ratio)) * 1.3;
  const latest = Math.max(1, ...strategies.map(({ late }) => late)) * 1.3;
  const placed = spread(strategies, ({ ratio }) => Math.log(ratio), (28 / (width - 140)) * Math.log(most));
  return svg({
    width,
    height: 340,
    marginLeft: 56,
    marginRight: 84,
    marginTop: 66,
    marginBottom: 42,
    ariaLabel: `${title}: energy of each strategy against its share of late notifications`,
    x: { type: 'log', label: 'energy, clairvoyant optimum = 1', ticks: factorTicks.filter((tick) => tick <= most), tickFormat: '~s', grid: true, domain: [0.97, most], labelAnchor: 'center', labelArrow: 'none' },
    y: { type: 'symlog', constant: 0.1, label: '% of notifications over 60 s late', ticks: [0, 0.1, 0.5, 1, 5, 10, 30].filter((tick) => tick <= latest), tickFormat: (tick: number) => String(tick), grid: true, domain: [0, latest], labelArrow: 'none' },
    marks: [
      Plot.link(placed, { x1: 'ratio', y1: 'late', x2: ({ at }: { at: number }) => Math.exp(at), y2: 'late', dy: -11, stroke: 'var(--rule)' }),
      Plot.dot(strategies, { x: 'ratio', y: 'late', r: 6, fill: ({ strategy }: StrategySummary) => colourOf(strategy) }),
      Plot.text(placed, { x: ({ at }: { at: number }) => Math.exp(at), y: 'late', text: 'strategy', rotate: -40, textAnchor: 'start', dx: 4, dy: -10, fill: 'var(--ink)' }),
    ],
  });
}

/** A day of one phone under one strategy. */
export function dayChart(day: PhoneDay, title: string): string {
  const lanes = ['network', 'radio', 'beats', 'others'];
  const instants = day.instants.map(({ hour, what }) => ({ hour, what, lane: what === 'burst' || what === 'delivered' ? 'others' : 'beats' }));
  const beats = instants.filter(({ what }) => what === 'beat').length;
  return svg({
    width: 980,
    height: 210,
    marginLeft: 70,
    marginRight: 20,
    marginBottom: 38,
    ariaLabel: `${title}: a phone's day with ${beats} heartbeats`,
    x: { domain: [0, 24], label: 'hour of the day', ticks: 12, labelAnchor: 'center', labelArrow: 'none' },
    y: { domain: lanes, label: null, tickSize: 0, padding: 0.25 },
    marks: [
      Plot.barX(day.networks, { y: () => 'network', x1: 'fromHour', x2: 'toHour', fill: 'var(--band)', stroke: 'var(--page)', strokeWidth: 1.5 }),
      Plot.text(day.networks.filter(({ fromHour, toHour }) => toHour - fromHour > 0.9), { y: () => 'network', x: ({ fromHour, toHour }: { fromHour: number; toHour: number }) => (fromHour + toHour) / 2, text: 'what', fill: 'var(--ink)' }),
      // A tail of ten seconds is a tenth of a pixel here: the outline makes it visible.
      Plot.barX(joined(day), { y: () => 'radio', x1: 'fromHour', x2: 'toHour', fill: 'var(--series-2)', stroke: 'var(--series-2)', strokeWidth: 0.6 }),
      Plot.tickX(instants.filter(({ lane }) => lane === 'others'), { y: 'lane', x: 'hour', stroke: 'var(--rival)', strokeWidth: 1 }),
      Plot.tickX(instants.filter(({ what }) => what === 'beat'), { y: 'lane', x: 'hour', stroke: 'var(--series-1)', strokeWidth: beats > 1000 ? 0.3 : 1.4 }),
      Plot.dot(instants.filter(({ what }) => what === 'dead'), { y: 'lane', x: 'hour', fill: 'var(--series-5)', r: 4, symbol: 'diamond' }),
    ],
  });
}

/** Radio-on stretches whose gaps would not be seen are drawn as one. */
function joined(day: PhoneDay): { fromHour: number; toHour: number }[] {
  const stretches: { fromHour: number; toHour: number }[] = [];
  for (const { fromHour, toHour } of [...day.radio].sort((a, b) => a.fromHour - b.fromHour)) {
    const last = stretches.at(-1);
    if (last && fromHour - last.toHour < 0.004) last.toHour = Math.max(last.toHour, toHour);
    else stretches.push({ fromHour, toHour });
  }
  return stretches;
}

/** Day by day: the silence that is allowed, under the timeout of the network, which nobody told. */
export function learningChart(points: readonly LearningPoint[]): string {
  const most = 28_800;
  const shown = points.map((point) => ({ ...point, phone: `phone ${point.device + 1}`, timeoutSeconds: Math.min(most, point.timeoutSeconds) }));
  const phones = [...new Map(shown.map((point) => [point.phone, point])).values()];
  return svg({
    width: 980,
    height: 300,
    marginLeft: 56,
    marginRight: 12,
    marginBottom: 40,
    ariaLabel: 'The silence that the controller allows on one carrier over two weeks, beside the timeout of that carrier',
    fx: { label: null },
    x: { domain: [0, 14], ticks: [0, 5, 10], label: 'days', labelAnchor: 'center', labelArrow: 'none' },
    y: { type: 'log', domain: [100, most], label: null, axis: null },
    marks: [
      // As an axis of its own: on a logarithmic scale `tickFormat` is asked for round numbers only.
      Plot.gridY(timeTicks.map(([seconds]) => seconds)),
      Plot.axisY(timeTicks.map(([seconds]) => seconds), { label: null, text: timeLabel }),
      Plot.frame({ stroke: 'var(--rule)' }),
      Plot.ruleY(phones, { fx: 'phone', y: 'timeoutSeconds', stroke: 'var(--series-5)', strokeDasharray: '5 4', strokeWidth: 1.5 }),
      Plot.lineY(shown, { fx: 'phone', x: 'day', y: 'silenceSeconds', stroke: 'var(--series-1)', strokeWidth: 2, curve: 'step-after' }),
    ],
  });
}

function timeLabel(seconds: number): string {
  return timeTicks.find(([tick]) => tick === seconds)?.[1] ?? '';
}

/** Moves labels apart along an axis so that neighbours are at least `gap` from each other; order is kept. */
function spread<Label>(labels: readonly Label[], place: (label: Label) => number, gap: number): (Label & { at: number })[] {
  const sorted = labels.map((label) => ({ ...label, at: place(label) })).sort((a, b) => a.at - b.at);
  for (let round = 0; round < 20; round += 1) {
    for (const [index, label] of sorted.entries()) {
      const before = sorted[index - 1];
      if (!before || label.at - before.at >= gap) continue;
      const middle = (label.at + before.at) / 2;
      before.at = middle - gap / 2;
      label.at = middle + gap / 2;
    }
  }
  return sorted;
}
