// The page with the clock and the devices of the BeerChat demo.

export function stagePage(speeds: readonly number[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The stage</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; --line: light-dark(#d9dadb, #3a3f44); --paper: light-dark(#fff, #1f2225); --accent: light-dark(#0b5f6b, #7fd3de); }
  body { margin: 0 auto; max-width: 52rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#f7f7f5, #16181a); color: light-dark(#1c1f22, #e8e8e4); }
  #clock { font-size: 2rem; font-variant-numeric: tabular-nums; margin: 0; }
  .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .5rem 0; }
  button, a.code { font: inherit; min-height: 2.75rem; padding: .4rem .8rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--paper); color: var(--accent); cursor: pointer; }
  button[aria-pressed=true] { border-color: var(--accent); font-weight: 700; }
  #devices { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
  article { background: var(--paper); border: 1px solid var(--line); border-radius: 1.2rem; padding: 1rem; min-height: 18rem; }
  h2 { margin: 0; font-size: 1.1rem; } .note { border: 1px solid var(--accent); border-radius: .8rem; padding: .7rem; margin: .5rem 0; }
</style>
</head>
<body>
<h1 id="clock">–</h1>
<div class="row" id="speeds">${speeds.map((speed) => `<button data-speed="${speed}">${speed}×</button>`).join('')}
<button data-skip="1">Skip a minute</button><button data-skip="15">Skip 15 minutes</button><button data-skip="hour">Skip to the next full hour</button></div>
<div id="devices"></div>
<script>
let now;
const post = async (body) => {
  const answer = await fetch('/', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return answer.ok ? answer.json() : {};
};
const make = (tag, properties, ...children) => { const node = Object.assign(document.createElement(tag), properties); node.append(...children); return node; };
document.querySelector('#speeds').addEventListener('click', ({ target: { dataset } }) => {
  if (dataset.speed) post({ act: 'speed', speed: Number(dataset.speed) });
  if (dataset.skip) post({ act: 'skip', minutes: dataset.skip === 'hour' ? (3600000 - now.nowMs % 3600000 + 8000) / 60000 : Number(dataset.skip) });
});
function deviceCard(device, index) {
  const button = (text, act, extra) => make('button', { onclick: async () => {
    const { url } = await post({ act, device: index, ...extra });
    if (url && act === 'handle' && extra.open) window.open(url);
  } }, text);
  const linked = device.status !== 'not paired' && !device.code;
  return make('article', {}, make('h2', {}, device.name), make('p', {}, device.status + (device.plugged ? '' : ', wire cut') + (linked ? ', ' + device.presence : '')),
    ...(device.code ? [make('a', { className: 'code', href: device.code.url, target: '_blank' }, 'Pair with code ' + device.code.text)] : []),
    ...(linked ? [make('div', { className: 'row' },
      device.presence === 'online' ? button('Put it away', 'away') : button('Pick it up', 'online'),
      device.plugged ? button('Cut the wire', 'unplug') : button('Mend the wire', 'plug'),
      device.status === 'stopped' ? button('Switch on', 'on') : button('Switch off', 'off'))] : []),
    ...device.notifications.map((one) => make('div', { className: 'note', role: 'alert' }, make('b', {}, one.app), make('p', {}, one.title),
      make('div', { className: 'row' }, button(one.action, 'handle', { id: one.id, open: true }), button('Dismiss', 'handle', { id: one.id })))));
}
new EventSource('/events').onmessage = ({ data }) => {
  now = JSON.parse(data);
  document.querySelector('#clock').textContent = new Date(now.nowMs).toLocaleString([], { weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  for (const button of document.querySelectorAll('[data-speed]')) button.ariaPressed = String(Number(button.dataset.speed) === now.speed);
  document.querySelector('#devices').replaceChildren(...now.devices.map(deviceCard));
};
</script>
</body>
</html>
`;
}
