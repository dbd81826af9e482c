#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../dist/src/cli/main.js');
if (!existsSync(main)) {
  console.error('lowbeat: not built yet; run "npm run build" in the project folder');
  process.exit(1);
}
await import(main);
