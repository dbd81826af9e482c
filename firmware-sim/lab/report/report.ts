// Writes a report: the page, its numbers, and the README's picture.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headlinePicture } from './headline.js';
import { measure, type ReportData, type ReportOptions } from './measure.js';
import { reportPage } from './page.js';

/** `index.html`, `results.json` and `energy.svg` in `folder`, which is made if missing. */
export async function writeReport(options: ReportOptions, folder: string): Promise<ReportData> {
  const data = await measure(options);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(data, undefined, 1)}\n`);
  writeFileSync(join(folder, 'index.html'), reportPage(data));
  writeFileSync(join(folder, 'energy.svg'), headlinePicture(data));
  return data;
}
