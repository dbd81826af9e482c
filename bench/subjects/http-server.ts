// The floor of Web Push: a server of `node:http` that reads each body and answers 201 at once. It checks nothing, keeps nothing and
// tells nobody.

import { createServer } from 'node:http';

import { answerCalls } from '../harness/processes.js';
import { collect, listening } from './listening.js';

answerCalls({
  listen: () => listening(createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(201, { 'content-length': 0 }).end());
  })),
  collect,
});
