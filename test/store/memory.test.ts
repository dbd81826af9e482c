import t from 'tap';
import { storeConformance } from '../conformance/store.js';
import { memoryAdapter } from './adapters.js';

await storeConformance(t, memoryAdapter);
