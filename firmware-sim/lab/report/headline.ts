// The README's picture: the factor by number of apps, and the strategies of the mixed day, in one SVG that follows the
// reader's light or dark setting.

import { ratioChart, sharedLinkChart } from './charts.js';
import type { ReportData } from './measure.js';
import { darkColours, lightColours } from './page.js';

const width = 1180;
const height = 470;
const top = 70;

export function headlinePicture({ sharedLink, rows }: ReportData): string {
  const mixed = rows.filter(({ world }) => world === 'mixed');
  const place = (picture: string, x: number): string => picture.replace('<svg ', `<svg x="${x}" y="${top}" `);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"
  aria-label="Left: energy of one socket per app over one shared link, by number of apps. Right: energy of heartbeat strategies on a mixed day.">
<style>
svg {${lightColours} color: var(--quiet); }
@media (prefers-color-scheme: dark) { svg {${darkColours} } }
.title { font: 600 16px system-ui, sans-serif; fill: var(--ink); }
.line { font: 13px system-ui, sans-serif; fill: var(--quiet); }
</style>
<rect width="${width}" height="${height}" fill="var(--page)"/>
<text class="title" x="16" y="28">One socket per app, against one shared link</text>
<text class="line" x="16" y="48">times the energy, same phone and notifications; dashed: every app at 5 min</text>
${place(sharedLinkChart(sharedLink, 590, 390), 0)}
<text class="title" x="616" y="28">When to beat: one link, a mixed day</text>
<text class="line" x="616" y="48">energy over the clairvoyant optimum, over all radios; late: more than 60 s</text>
${place(ratioChart(mixed, 560, 390), 606)}
</svg>
`;
}
