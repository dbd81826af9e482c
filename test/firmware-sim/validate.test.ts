import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { batteryIds } from '../../firmware-sim/battery/battery.js';
import { validate, validationTable } from '../../firmware-sim/lab/validate.js';
import { radioProfileIds } from '../../firmware-sim/radio/profile.js';
import { parseWorld, worldIds } from '../../firmware-sim/world/world.js';

const rows = validate();
const document = readFileSync(join(import.meta.dirname, '../../../docs/simulator.md'), 'utf8');

await t.test('the simulator reproduces what was measured', (t) => {
  for (const row of rows) {
    const deviation = `${(100 * row.deviation).toFixed(1)} %`;
    t.ok(row.holds, `${row.what}: ${row.simulated.toPrecision(4)} ${row.unit}, published ${row.published}, ${deviation} off`);
  }
  t.end();
});

await t.test('docs/simulator.md shows the table as it is (`lowbeat lab validate --markdown`)', (t) => {
  for (const line of validationTable(rows).split('\n')) t.ok(document.includes(line), line);
  t.end();
});

await t.test('docs/simulator.md names every radio profile, every battery and every world', (t) => {
  for (const id of [...radioProfileIds(), ...batteryIds(), ...worldIds()]) t.ok(document.includes(`\`${id}\``), id);
  t.end();
});

await t.test('the world that docs/simulator.md shows is one', (t) => {
  const [, text = ''] = /```json\n([^`]*)```/.exec(document) ?? [];
  t.equal(parseWorld(text, 'docs/simulator.md').id, 'cabin');
  t.end();
});
