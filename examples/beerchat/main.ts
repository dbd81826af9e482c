// BeerChat as a process. Run it with
//   BEERCHAT_GATEWAYS='[{"issuer":"http://localhost:8080","clientId":"app_…","clientSecret":"…"}]' node dist/examples/beerchat/main.js
// where "lowbeat app add BeerChat --redirect-uri http://localhost:8090/lowbeat" gave the id and the secret.

import type { GatewaySettings } from './lowbeat.js';
import { BeerChat } from './server.js';

const { BEERCHAT_NAME: name = 'BeerChat', BEERCHAT_PORT: port = '8090', BEERCHAT_GATEWAYS: gateways } = process.env;
if (gateways === undefined) throw new Error('BEERCHAT_GATEWAYS: a JSON list of {"issuer", "clientId", "clientSecret"}');
const url = process.env['BEERCHAT_URL'] ?? `http://localhost:${port}`;
const chat = new BeerChat({ name, url, port: Number(port), gateways: JSON.parse(gateways) as readonly GatewaySettings[] });
await chat.start();
console.log(`${name} is at ${url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    chat.close();
    process.exit(0);
  });
}
