#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// Before any of the gateway's code is compiled (docs/decisions/0014-what-is-under-way-is-small.md, "What stays" and "When code is compiled").
setFlagsFromString('--no-allocation-site-pretenuring');
setFlagsFromString('--interrupt-budget=16896');
setFlagsFromString('--always-sparkplug');

const main = join(import.meta.dirname, '../dist/src/cli/main.js');
if (!existsSync(main)) {
  console.error('lowbeat: not built yet; run "npm run build" in the project folder');
  process.exit(1);
}
await import(main);
