// docs/operations.md against the code that it describes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { exitCodes } from '../../src/cli/failure.js';
import { settings } from '../../src/cli/settings.js';
import { limits } from '../../src/core/limits.js';
import { createPrometheusMetrics } from '../../src/http/metrics.js';

const document = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');

/** The rows of the table under a heading, without its head. */
function tableUnder(heading: string): string[] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter((line) => line.startsWith('|')).slice(2);
}

await t.test('the settings are those of the schema, in its order', (t) => {
  const rows = settings.map(({ name, default: standing, about, allowed }) => {
    return `| \`${name}\` | ${standing === undefined ? 'none' : `\`${standing}\``} | ${about} | ${allowed} |`;
  });
  t.same(tableUnder('Settings'), rows);
  t.end();
});

await t.test('the metrics are those of a scrape', async (t) => {
  const counts = { users: 0, devices: 0, apps: 0, waitingNotifications: 0, outboxItems: 0, networks: 0 };
  const { text } = await createPrometheusMetrics({ counts: () => Promise.resolve(counts) }).scrape();
  const rows = [...text.matchAll(/^# HELP (lowbeat_\w+) (.*)\.\n# TYPE \1 (\w+)$/gm)].map(
    ([, name, help, kind]) => `| \`${name}\` | ${kind} | ${help} |`,
  );
  t.same(tableUnder('Metrics'), rows);
  for (const [name] of tableUnder('Alerts').join().matchAll(/(?:lowbeat|nodejs)_[a-z_0-9]+/g)) {
    t.ok(text.includes(`# TYPE ${name.replace(/_bucket$/, '')} `), `${name} can be alerted on`);
  }
});

await t.test('the limits are those that are built in', (t) => {
  const rows = tableUnder('Limits').map((row) => /^\| `(\w+)` \| ([\d,]+) \|/.exec(row));
  t.ok(rows.length > 10 && rows.every((row) => row !== null));
  for (const row of rows) {
    const [, name = '', value = ''] = row ?? [];
    t.equal(Number(value.replaceAll(',', '')), Reflect.get(limits, name), name);
  }
  t.end();
});

await t.test('the exit codes are those that commands end with', (t) => {
  const rows = tableUnder('Exit codes').flatMap((row) => {
    const [, code, name] = /^\| (\d+) \| `([a-z-]+)` \|/.exec(row) ?? [];
    return name === undefined ? [] : [[name, Number(code)]];
  });
  t.same(Object.fromEntries(rows), exitCodes);
  t.end();
});
