// Two who ask the store in one group, and the first throws: run by level-faults.test, which looks at what this process leaves behind.

import { openLevelStore } from '../../src/store/level/level-store.js';
import type { DeviceId } from '../../src/core/ids.js';
import type { AcknowledgeRequest } from '../../src/ports/store.js';

const [folder = ''] = process.argv.slice(2);
const store = await openLevelStore({ folder });
const request: AcknowledgeRequest = { device: 'dev_0' as DeviceId, ids: [1], nowMs: 1, hiddenUids: [] };
const failed = (error: unknown): void => console.log('failed', error);
store.acknowledgeFor({ succeeded: () => { throw new Error('on purpose'); }, failed }, request);
store.acknowledgeFor({ succeeded: () => console.log('answered'), failed }, request);
