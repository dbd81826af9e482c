import t from 'tap';
import { validate } from '../../firmware-sim/lab/validate.js';

await t.test('the simulator reproduces what was measured', (t) => {
  for (const row of validate()) {
    const deviation = `${(100 * row.deviation).toFixed(1)} %`;
    t.ok(row.holds, `${row.what}: ${row.simulated.toPrecision(4)} ${row.unit}, published ${row.published}, ${deviation} off`);
  }
  t.end();
});
