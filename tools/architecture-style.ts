// The colours and letters of docs/architecture.svg, for a light page and a dark one.

interface Theme {
  readonly paper: string;
  readonly line: string;
  readonly area: string;
  readonly box: string;
  readonly text: string;
  readonly muted: string;
  readonly core: string;
  readonly wire: string;
  readonly ports: string;
  readonly gateway: string;
  readonly wiring: string;
  readonly outside: string;
}

const light: Theme = {
  paper: '#ffffff', line: '#d0d7de', area: '#f4f6f9', box: '#ffffff', text: '#1f2328', muted: '#57606a',
  core: '#8250df', wire: '#0b7a75', ports: '#bf3989', gateway: '#0969da', wiring: '#9a6700', outside: '#1a7f37',
};

const dark: Theme = {
  paper: '#0d1117', line: '#3d444d', area: '#151b23', box: '#0d1117', text: '#f0f6fc', muted: '#9aa4af',
  core: '#b083f0', wire: '#39c5bb', ports: '#f778ba', gateway: '#58a6ff', wiring: '#d29922', outside: '#3fb950',
};

const shape = `
text{font-family:-apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
.name{font-size:17px;font-weight:650}.purpose{font-size:14px}
.room:not(.bar) text,.part-name,.label,.outsider-name{text-anchor:middle}
.part-name,.label{font-size:13px}.label{font-weight:600}.outsider-name{font-size:15px;font-weight:600}
.caption,.legend-text{font-size:13px}
.room .shape{stroke-width:1.5}.bar .shape{stroke-width:1.8}
.arrow{fill:none;stroke-width:1.5}.arrow.wiring{stroke-dasharray:5 3}
.outside{fill:none;stroke-width:2.5}.link{stroke-width:4}
.outsider .shape{stroke-width:1.5}`;

function coloured(theme: Theme): string {
  const kinds = (['core', 'wire', 'ports', 'gateway', 'wiring'] as const).map((kind) => `
.arrow.${kind}{stroke:${theme[kind]}}.head.${kind}{fill:${theme[kind]}}
.room.${kind} .shape{stroke:${theme[kind]}}.room.${kind} .name{fill:${theme[kind]}}
.bar.${kind} .shape{fill:${theme[kind]}1c}`);
  return `
.paper{fill:${theme.paper};stroke:${theme.line}}.slot{fill:${theme.paper}}
text{fill:${theme.text}}.purpose,.caption,.legend-text{fill:${theme.muted}}
.area .shape{fill:${theme.area};stroke:none}
.room .shape{fill:${theme.box};stroke:${theme.muted}}
.part{fill:${theme.box};stroke:${theme.core};stroke-opacity:.5}
.outside{stroke:${theme.outside}}.head.outside{fill:${theme.outside};stroke:none}.label{fill:${theme.outside}}
.outsider .shape{fill:${theme.box};stroke:${theme.outside}}${kinds.join('')}`;
}

export const style = `${shape}${coloured(light)}
@media (prefers-color-scheme:dark){${coloured(dark)}
}
`;
