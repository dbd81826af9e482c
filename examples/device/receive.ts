// A device that receives for one app and answers each notification. Run it with
//   npm run build && node dist/examples/device/receive.js mqtt://localhost:1883 DEVICE_ID TOKEN APP
// where "lowbeat device add --user NAME" gave the id and the token.

import { createDevice } from 'lowbeat/device';
import { fileStorage } from 'lowbeat/device/file-storage';

const [url, id, token, name] = process.argv.slice(2);
if (url === undefined || id === undefined || token === undefined || name === undefined) {
  throw new Error('usage: receive.js URL DEVICE_ID TOKEN APP');
}

const device = createDevice({ url, id, token, storage: fileStorage(`${id}.json`) });
device.on('status', (status) => console.log(status.state));

device.on('registered', ({ endpoint, subscription }) => console.log(`an app server reaches this device at ${endpoint ?? subscription}`));

const app = device.app(name, {
  // The notification is acknowledged when this has ended, and comes again when it has thrown.
  onNotification({ id: number, text }) {
    console.log(`${number}: ${text}`);
    // Not awaited: without a network an answer may take hours to leave, and a handler has a minute.
    app.send(`got ${number}`).catch((error: unknown) => console.error(error));
  },
  onMissed: (count) => console.log(`${count} older notifications were dropped`),
});

process.once('SIGINT', () => void device.stop());
await device.start();
