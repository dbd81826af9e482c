import t from 'tap';
import { storeConformance } from '../conformance/store.js';
import { levelAdapter } from './adapters.js';

await storeConformance(t, levelAdapter);
