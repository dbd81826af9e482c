// BeerChat's only page.

export function pageOf(name: string, issuers: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; --ink: light-dark(#2b1d0e, #f5e6cf); --ground: light-dark(#fff8ec, #1d150c); --paper: light-dark(#fff, #2a2015); --line: light-dark(#e2cfae, #4d3d28);
    --accent: light-dark(#8a4b00, #ffb84d); --on: light-dark(#1d7a3c, #63d68a); --away: light-dark(#946200, #e8b84a); --soft: light-dark(#6b5a45, #b7a58c); }
  * { box-sizing: border-box; }
  body { margin: 0 auto; max-width: 34rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
  h1 { font-size: 1.4rem; margin: 0 0 1rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
  button, input, select { font: inherit; min-height: 2.75rem; padding: .4rem .8rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--paper); color: inherit; max-width: 100%; }
  button { cursor: pointer; color: var(--accent); font-weight: 600; }
  ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
  #friends li { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem .8rem; }
  #friends .who { flex: 1; }
  .dot::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .5em; border-radius: 50%; border: 2px solid currentcolor; }
  .online { color: var(--on); } .away { color: var(--away); } .offline { color: var(--soft); }
  .online::before, .away::before { background: currentcolor; }
  form { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0; } form input { flex: 1; }
  #told { min-height: 1.5em; font-weight: 600; } #messages { min-height: 4rem; margin: .5rem 0; }
  #messages li b { color: var(--accent); } [hidden] { display: none !important; }
</style>
</head>
<body>
<h1>${name}</h1>
<form id="enter" hidden><input name="name" aria-label="Your name" placeholder="Your name" required maxlength="32" autocomplete="username"><button>Come in</button></form>
<main id="in" hidden>
  <p id="me"></p>
  <p id="told" role="status"></p>
  <section id="lowbeat">
    <p id="reach"></p>
    <form id="connect"><select aria-label="Your gateway">${issuers.map((issuer) => `<option>${issuer}</option>`).join('')}</select><button>Let friends ring me</button></form>
  </section>
  <h2>Friends</h2>
  <ul id="friends"></ul>
  <form id="befriend"><input name="friend" aria-label="A friend's name" placeholder="A friend's name" required maxlength="32"><button>Add</button></form>
  <section id="room" hidden><h2></h2><ul id="messages"></ul><form id="say"><input name="text" aria-label="Message" required maxlength="500"><button>Say</button></form></section>
</main>
<script>
const $ = (selector) => document.querySelector(selector);
const post = async (path, body) => {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-beerchat': '1' }, body: JSON.stringify(body) });
  const { problem, told } = await answer.json();
  $('#told').textContent = problem ?? told ?? '';
  return answer.ok;
};
let view, room = decodeURIComponent(location.hash.slice(1));
const open = (name) => { room = name; location.hash = encodeURIComponent(name); show(); };
const make = (tag, properties, ...children) => { const node = Object.assign(document.createElement(tag), properties); node.append(...children); return node; };
function show() {
  if (!view) return;
  $('#me').textContent = 'You are ' + view.name + '.';
  $('#reach').textContent = view.revoked ? 'You took back what you had allowed: friends do not see you when this page is closed.'
    : view.issuer ? 'Friends reach you through ' + view.issuer + ' while this page is closed.' : 'While this page is closed, nobody sees or rings you.';
  $('#connect button').textContent = view.issuer && !view.revoked ? 'Change that' : 'Let friends ring me';
  $('#friends').replaceChildren(...view.friends.map((friend) => make('li', {},
    make('span', { className: 'who' }, friend.name + (friend.rings ? ' rings!' : '')),
    make('span', { className: 'dot ' + friend.state }, friend.mutual ? friend.state : 'has not added you'),
    make('button', { type: 'button', ariaLabel: 'Ring ' + friend.name, disabled: !friend.mutual, onclick: () => post('/ring', { friend: friend.name }) }, 'Ring'),
    make('button', { type: 'button', ariaLabel: 'Talk with ' + friend.name, disabled: !friend.mutual, onclick: () => open(friend.name) }, 'Talk'))));
  $('#room').hidden = !view.rooms[room];
  $('#room h2').textContent = 'You and ' + room;
  $('#messages').replaceChildren(...(view.rooms[room] ?? []).map(({ from, text }) => make('li', {}, make('b', {}, from), ': ' + text)));
}
function live() {
  const events = new EventSource('/events');
  events.onmessage = ({ data }) => { view = JSON.parse(data); $('#enter').hidden = true; $('#in').hidden = false; show(); };
  events.onerror = () => { if (events.readyState === EventSource.CLOSED) $('#enter').hidden = false; };
}
const form = (id, act) => $(id).addEventListener('submit', (event) => { event.preventDefault(); act(Object.fromEntries(new FormData(event.target)), event.target); });
form('#enter', async (fields) => { if (await post('/enter', fields)) live(); });
form('#befriend', async (fields, it) => { if (await post('/befriend', fields)) it.reset(); });
form('#say', async ({ text }, it) => { if (await post('/say', { friend: room, text })) it.reset(); });
form('#connect', () => window.open('/connect?issuer=' + encodeURIComponent($('#connect select').value), 'lowbeat', 'popup,width=420,height=700'));
addEventListener('hashchange', () => { room = decodeURIComponent(location.hash.slice(1)); show(); });
live();
</script>
</body>
</html>
`;
}
