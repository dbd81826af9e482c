// Loaded into a gateway before its own program (`node --import`), so that the harness can ask it for a collection. It
// changes nothing else.

import { collect } from './listening.js';

process.on('SIGUSR2', collect);
