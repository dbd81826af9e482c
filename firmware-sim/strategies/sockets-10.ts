import { appSockets } from './app-sockets.js';
import type { Strategy } from './strategy.js';

export const strategy: Strategy = appSockets(10);
