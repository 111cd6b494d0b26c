/** How a report looks: in light and dark, on a narrow screen, on paper. The charts' colours are those of the page. */
export const STYLE = `
:root{--ground:#f3f5f8;--panel:#fff;--region:#f8fafc;--compound:#eef3f9;--node:#fff;--text:#17202c;--muted:#52606f;--line:#d7dee7;
--edge:#93a1b3;--good:#157a42;--calm:#2563c9;--bad:#c23030;--warn:#9a5808;--idle:#5f6b7a;--accent:#6b4fc4;--on-tone:#fff;--glow:#c81f74;
color-scheme:light dark;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;color:var(--text);background:var(--ground)}
@media (prefers-color-scheme:dark){:root{--ground:#0c1118;--panel:#131a23;--region:#161e28;--compound:#1b2531;--node:#212d3b;--text:#e4eaf1;
--muted:#a3b1c2;--line:#2a3646;--edge:#5f7188;--good:#2fb56c;--calm:#6b9df2;--bad:#ee7474;--warn:#dd9a43;--idle:#93a2b4;--accent:#a892ee;
--on-tone:#0a0f15;--glow:#ff7dbb}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:20px 24px 60px}
h1{font-size:25px;line-height:1.25;margin:0 0 8px}
h2{font-size:18px;margin:34px 0 8px;padding-top:12px;border-top:1px solid var(--line)}
h3{font-size:15px;margin:18px 0 6px}
p,ul,ol{margin:6px 0}
.when,.hint,figcaption{color:var(--muted)}
.when{font-variant-numeric:tabular-nums}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}
a{color:var(--calm)}
:focus-visible{outline:2px solid var(--calm);outline-offset:2px}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;padding:0}
button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:2px 10px;cursor:pointer}
.chain{list-style:none;padding:0;display:grid;gap:4px}
.chain li,.scroll{background:var(--panel);border:1px solid var(--line);border-radius:6px}
.chain li{padding:6px 12px;display:grid;grid-template-columns:8.5em minmax(4em,auto) 1fr;gap:0 14px}
.chain .text{overflow-wrap:anywhere}
.root{border-left:4px solid var(--warn)!important}
.root .text::after{content:"from outside";margin-left:10px;color:var(--warn);font-size:13px}
.scroll{overflow-x:auto;padding:10px;margin:0}
figure{margin:10px 0}
table{border-collapse:collapse;font-size:13px;width:100%}
th,td{text-align:left;vertical-align:top;padding:3px 10px 3px 0;border-bottom:1px solid var(--line)}
td.t{white-space:nowrap;font-variant-numeric:tabular-nums}
tr:target,tr.here{background:color-mix(in srgb,var(--glow) 16%,transparent)}
summary{cursor:pointer}
[data-tone=good]{--tone:var(--good)}[data-tone=calm]{--tone:var(--calm)}[data-tone=bad]{--tone:var(--bad)}
[data-tone=warn]{--tone:var(--warn)}[data-tone=idle]{--tone:var(--idle)}[data-tone=accent]{--tone:var(--accent)}
svg{display:block;max-width:100%;height:auto}
svg.timeline{width:100%;min-width:800px;height:auto}
svg text{fill:var(--text);font-family:inherit}
.timeline .mark{fill:var(--muted);text-anchor:middle}.timeline .actor{fill:var(--muted)}.timeline .node{font-weight:650}
.timeline .grid{stroke:var(--line)}
.bar rect{fill:var(--tone)}.bar text{fill:var(--on-tone);font-weight:600}
.tick line{stroke:var(--edge)}.tick.input line{stroke:var(--warn);stroke-width:2}
.cause .way{fill:none;stroke:var(--glow);stroke-width:1.4}.cause .head{fill:var(--glow)}.cause.across .way{stroke-dasharray:5 4}
.change{stroke:var(--glow);stroke-dasharray:3 3}
.chart .title{font-weight:650}.chart .note,.chart .guard{fill:var(--muted)}.chart .event,.chart .guard{text-anchor:middle}
.label rect{fill:var(--region)}.label[data-on=compound] rect{fill:var(--compound)}.label.inner rect{fill:none}
.state>rect{fill:var(--node);stroke:var(--edge)}.region>rect,.machine>rect{fill:var(--region);stroke:var(--line)}
.compound>rect{fill:var(--compound)}.initial circle{fill:var(--edge)}
.atomic.active>rect,.final.active>rect{fill:var(--tone);stroke:var(--tone)}
.chart .atomic.active text,.chart .final.active text{fill:var(--on-tone)}
.compound.active>rect{stroke:var(--tone);stroke-width:2.5}
.state.left>rect{stroke:var(--tone);stroke-width:2;stroke-dasharray:5 3}.state.entered>rect{stroke-width:3}
.edge .line{fill:none;stroke:var(--edge);stroke-width:1.1}.edge .arrow{fill:var(--edge)}
.edge.fired .line{stroke:var(--glow);stroke-width:3}.edge.fired .arrow{fill:var(--glow)}
.label.fired rect,.label.inner.fired rect{fill:var(--glow)}.chart .label.fired text{fill:var(--on-tone)}
@media (max-width:700px){body{padding:12px}.chain li{grid-template-columns:1fr}}
@media print{:root{--ground:#fff;--glow:#c81f74}body{max-width:none;padding:0}nav,button{display:none}
figure,.chain li,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}svg,svg.timeline{max-width:100%;min-width:0;height:auto}
*{print-color-adjust:exact}}
`.replaceAll('\n', '');
