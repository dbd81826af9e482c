/** What somebody sees who opens the gateway's address in a browser. */
export function landingPage(
  version: string,
  listening: readonly { readonly name: string; readonly url: string }[],
): string {
  const rows = listening.map(({ name, url }) => `<tr><th>${escape(name)}</th><td>${escape(url)}</td></tr>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Lowbeat</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
  th { text-align: left; font-weight: 600; padding-right: 1.5rem; }
  td { font-family: ui-monospace, monospace; }
</style>
<h1>Lowbeat ${escape(version)}</h1>
<p>This is a push gateway. Each phone keeps one quiet connection to it; app servers send their
notifications through it.</p>
<table>
${rows.join('\n')}
</table>
<p>State: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, <a href="/metrics">/metrics</a>.</p>
</html>
`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
