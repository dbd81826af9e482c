// Benchmarks beside others, at their small sizes, where few files may be open: as many links as go are measured, and the run says so.

import t from 'tap';

import { aedes, bareHttp, bareSockets } from '../../bench/subjects/node-server.js';
import { mosquitto, mosquittoProgram } from '../../bench/subjects/mosquitto.js';
import { compared, runSmall } from './small-sizes.js';

// Each subject is started anew for each benchmark, on whatever else the machine does.
t.setTimeout(175_000);

await t.test('every subject has its rows, and what is missing is told', async (t) => {
  const openFiles = 599;
  const { rows, results } = await runSmall(t, compared, { openFiles });
  const peers: Readonly<Record<string, readonly string[]>> = {
    idle: [bareSockets.name, aedes.name, mosquitto.name],
    connects: [aedes.name, mosquitto.name],
    notifications: [aedes.name, mosquitto.name],
    heartbeats: [aedes.name, mosquitto.name, bareSockets.name],
    'web-push': [bareHttp.name],
  };
  for (const { name, notes } of results) {
    for (const peer of peers[name] ?? []) {
      if (peer === mosquitto.name && mosquittoProgram() === undefined) {
        t.ok(notes.some((note) => /^missing: mosquitto .*apt-get install mosquitto/.test(note)), `${name} tells that mosquitto is missing`);
      } else {
        t.ok(rows.some((row) => row.name === name && row.subject === peer), `${name} measures ${peer}`);
      }
    }
  }
  for (const name of ['idle', 'connects']) {
    const result = results.find((each) => each.name === name);
    t.ok(result?.notes.some((note) => /400 links need .* here it is 599, so 399 were measured.*ulimit -n/.test(note)), `${name} says why it measured fewer links`);
    t.ok(rows.some((row) => row.name === name && row.n === 399));
  }
});
