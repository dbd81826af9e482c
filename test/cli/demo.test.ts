import { join } from 'node:path';

import t from 'tap';

import { run } from './processes.js';

await t.test('the demo tells the whole story, in under 30 seconds', async (t) => {
  const startedAtMs = Date.now();
  const { code, stdout, stderr } = await run(process.execPath, [join(import.meta.dirname, '../../src/cli/demo.js')]);
  t.match({ code, stderr }, { code: 0, stderr: '' });
  t.ok(Date.now() - startedAtMs < 30_000);
  for (const line of [
    /phone {6}linked over TCP/,
    /laptop {5}linked over WebSocket/,
    /“away” took 12 bytes up, and its answer 4 bytes down/,
    /app server receipt\/greeting \{"id":"greeting","state":"acknowledged"\}/,
    /gateway {4}killed/,
    /phone {6}“The table by the window”\n +phone {6}nothing was lost, nothing came twice/,
    /app server upstream\/uid_… On my way/,
    /laptop {5}linked again by itself/,
    // The gateway asks for a second at least.
    /phone {6}comes back in [1-9]\d*\.\d s\n +laptop {5}comes back in [1-9]\d*\.\d s/,
    /npm start/,
  ]) {
    t.match(stdout, line);
  }
  t.notMatch(stdout, /\u001b/, 'no colours where no terminal is');
});
