// From the rows of several rounds to medians with their spread. The median leaves out the round in which the machine did
// something else; lowest and highest show whether there was one.

import type { Row, Summary, Target } from './benchmark.js';

/** The middle value, or the mean of the two in the middle. Throws RangeError without any. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** One for each subject, size and metric, in the order in which they first came. */
export function summarize(rows: readonly Row[]): Summary[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.name, row.subject, row.n, row.metric, row.unit]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const values = group.map(({ value }) => value);
    return [{ ...first, value: median(values), low: Math.min(...values), high: Math.max(...values), rounds: values.length }];
  });
}

/** The order of the subjects in a round: turned around in every other one, so that no one always comes first. */
export function orderOf<Subject>(subjects: readonly Subject[], round: number): readonly Subject[] {
  return round % 2 === 0 ? subjects : subjects.toReversed();
}

export interface Which {
  readonly subject: string;
  readonly metric: string;
  readonly n?: number;
}

/** The value of a row; of the greatest `n` unless one is told. Undefined when it was not measured. */
export function valueOf(rows: readonly Summary[], { subject, metric, n }: Which): number | undefined {
  const found = rows.filter((row) => row.subject === subject && row.metric === metric && (n === undefined || row.n === n));
  return found.toSorted((a, b) => b.n - a.n)[0]?.value;
}

/** A target on how many times the figure of `of` that of `to` is; none when one of the two was not measured. */
export function ratioTarget(
  rows: readonly Summary[],
  { what, of, to, sense, limit }: Pick<Target, 'what' | 'sense' | 'limit'> & { readonly of: Which; readonly to: Which },
): readonly Target[] {
  const [figure, base] = [valueOf(rows, of), valueOf(rows, to)];
  if (figure === undefined || base === undefined || base === 0) return [];
  return [{ what, figure: figure / base, sense, limit, unit: '×' }];
}

/** The slope of a line through the points, by least squares; 0 for fewer than two. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) return 0;
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
