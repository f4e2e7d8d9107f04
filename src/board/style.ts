/**
 * How the board looks: a departure board, calm and typographic, to be read across a room.
 *
 * System fonts, no image, nothing from outside. Colour only repeats what a word or a shape has said already. Every
 * text has at least 4.5 : 1 against its ground, in light and in dark.
 */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f6f4ee;--sheet:#fffdf8;--ink:#1d1b16;--soft:#5d574a;--line:#d9d3c4;
--go:#11623a;--nogo:#a01c14;--unknown:#6f5300;--mark:#1d1b16;--bar:#e5dfd0;--focus:#0b57d0}
@media(prefers-color-scheme:dark){:root{--ground:#14130f;--sheet:#1c1a15;--ink:#f3efe4;--soft:#b3ab99;--line:#3a362c;
--go:#6fd79f;--nogo:#ff8f83;--unknown:#f0c64d;--mark:#f3efe4;--bar:#34302656;--focus:#8ab4f8}}
*{box-sizing:border-box;margin:0}
html{font:clamp(15px,.55vw + 11px,30px)/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
background:var(--ground);color:var(--ink);font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
body{max-width:96rem;margin:0 auto;padding:1.25rem clamp(.9rem,3vw,3rem) 3rem}
:focus-visible{outline:3px solid var(--focus);outline-offset:3px}
main:focus{outline:none}
a{color:inherit}
code,.num,.bytes,.rate,.eta{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{font-size:max(12px,.93em);overflow-wrap:anywhere}
small{display:block;font-size:max(12px,.8em);color:var(--soft);font-weight:400}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--sheet);padding:.5rem 1rem;z-index:1}
header{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;align-items:baseline;padding-bottom:.8rem;border-bottom:2px solid var(--ink)}
.mark{font-weight:700;letter-spacing:.14em;text-transform:uppercase;font-size:.86rem}
.estate{font-size:1.05rem}
.live{margin-left:auto;color:var(--soft);font-size:.86rem}
.live:not(:empty)::before{content:"●";margin-right:.4em;color:var(--go);font-size:.8em}
.live:has(noscript)::before{content:none}
.lost .live{color:var(--nogo);font-weight:700}.lost .live::before{content:"✕";color:inherit}
.lost main{opacity:.72}
section{margin-top:2.4rem}
h1{white-space:nowrap;display:flex;align-items:center;gap:.18em;font-size:clamp(4rem,15vw,13rem);line-height:.95;font-weight:800;letter-spacing:-.035em}
.cue{width:.62em;height:.62em;flex:none;fill:currentColor}
.cue .ring{fill:none;stroke:currentColor;stroke-width:5;stroke-dasharray:9 5}
.verdict{margin-top:1.6rem}
.verdict.go h1{color:var(--go)}.verdict.no-go h1{color:var(--nogo)}.verdict.unknown h1{color:var(--unknown);font-size:clamp(2.2rem,12vw,11rem)}
.why{font-size:clamp(1.2rem,2.2vw,2.2rem);line-height:1.25;margin-top:.5rem;max-width:38em;text-wrap:balance}
.asof{color:var(--soft);margin-top:.6rem;font-size:.9rem}
.remedy{margin-top:.7rem;padding:.6rem .9rem;border-left:4px solid var(--ink);background:var(--sheet);max-width:60em}
.remedy code{display:inline-block;margin-top:.25rem;padding:.12em .5em;border:1px solid var(--line);background:var(--ground)}
h2{font-size:1.25rem;font-weight:700;letter-spacing:-.01em;margin-bottom:.6rem}
h2 small{display:inline;font-size:max(12px,.72em);margin-left:.6em;letter-spacing:0;overflow-wrap:anywhere}
h3{font-size:1.05rem;font-weight:400}p,h3{overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;background:var(--sheet);border:1px solid var(--line)}
caption{text-align:left;color:var(--soft);font-size:.86rem;padding-bottom:.35rem}
.board caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.6rem .8rem;border-top:1px solid var(--line)}
thead th{font-size:.82rem;font-weight:600;color:var(--soft);border-top:0}
thead small{display:inline;margin-left:.5em}
.board tbody th{font-size:1.35rem;font-weight:700}
.board tbody td{font-size:1.05rem}
.board td code{font-size:1.08em;font-weight:600}
.label{font-weight:600}
tbody th .pinned,tbody th .held{color:var(--unknown);font-weight:700}
.cell .state{display:block;font-weight:700;color:var(--soft)}
.cell.in-step .state,.parity.yes,.well{color:var(--go);font-weight:600}
.cell.in-step .state::before{content:"✓ "}
.cell.behind .state,.cell.missing .state,.parity.no,.ill{color:var(--nogo);font-weight:700}
.cell.behind .state::before,.cell.missing .state::before{content:"✕ "}
.cell.unknown .state,.cell.held .state,.cell.pinned .state,.parity.unknown{color:var(--unknown);font-weight:700}
.cell.unknown .state::before{content:"? "}
.cell.copying .state{color:var(--ink)}
.cell progress{margin:.2rem 0}
.board td code{white-space:nowrap;overflow-wrap:normal}
.board td.num,.board td.parity{white-space:nowrap}
.board thead th{white-space:nowrap}
.history td,.history th{font-size:.93rem;padding:.4rem .7rem}
.history tbody th{font-weight:400}
section table+table{margin-top:1.4rem}
summary{cursor:pointer;padding:.4rem 0;color:var(--soft)}
.run{padding:.8rem 1rem;background:var(--sheet);border:1px solid var(--line)}
.run+.run{margin-top:.6rem}
.state{color:var(--soft)}
ul{list-style:none;padding:0}
.legs li{display:grid;grid-template-columns:7em minmax(6em,1fr) 8em 4em 13em 8em 6em;gap:.2rem 1rem;align-items:center;padding:.2rem 0}
progress{width:100%;height:.7rem;appearance:none;border:0;background:var(--bar)}
progress::-webkit-progress-bar{background:var(--bar)}
progress::-webkit-progress-value{background:var(--ink);transition:width .3s linear}
progress::-moz-progress-bar{background:var(--ink)}
dl div{display:grid;grid-template-columns:3.2em 1fr;gap:.6rem}dt{color:var(--soft)}dd{overflow-wrap:anywhere}
.findings li{display:grid;grid-template-columns:6em 1fr;gap:.1rem 1rem}
.findings li>*{grid-column:2}.findings .status{grid-column:1;grid-row:1/9;font-weight:700}
.findings .fail .status{color:var(--nogo)}.findings .unknown .status,.findings .warn .status{color:var(--unknown)}
.findings .ok .status{color:var(--go)}.findings h3{font-weight:600}.check{color:var(--soft);font-size:.9rem}
.findings li,section>ul>li{padding:.6rem 0;border-top:1px solid var(--line)}
ol.timeline{list-style:none;padding:0;margin-top:1rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(6.5em,1fr))}
.timeline li{border-top:.45rem solid var(--line);padding:.5rem .7rem .4rem 0}
.timeline time{display:block;font-weight:700}.timeline span{font-size:max(12px,.9em);color:var(--soft)}
.timeline .past{border-color:var(--ink)}.timeline .past time{color:var(--soft)}
.timeline [aria-current]{border-color:var(--go);background:var(--sheet);padding-left:.7rem}.timeline [aria-current] span{color:var(--ink);font-weight:600}
ol.messages{list-style:none;padding:0}.messages>li{padding:.6rem 0;border-top:1px solid var(--line)}
.messages h3{font-weight:600}.messages div{margin:.4rem 0;padding-left:.8rem;border-left:.25rem solid var(--line);overflow-wrap:anywhere}
.messages .amiss,.messages .failed,.messages .reminder{border-color:var(--nogo)}.messages .resolved{border-color:var(--go)}
.when{font-size:1.1rem}
.cell.as-asked .state{color:var(--go)}.cell.as-asked .state::before{content:"✓ "}
.cell.on-its-way .state{color:var(--unknown)}.cell.on-its-way .state::before{content:"… "}
.cell.not-as-asked .state{color:var(--nogo)}.cell.not-as-asked .state::before{content:"✕ "}
.cell.untouched .state{font-weight:400}
.room .what{display:block}
.board.room tbody td{font-size:1rem}
ul.marks{margin-bottom:.8rem}section>ul.marks>li{padding:.1rem 0;border:0;font-size:1.05rem}.marks b{display:inline-block;min-width:1.4em}.marks span{color:var(--soft)}
.lives{table-layout:fixed;overflow-wrap:anywhere}.lives thead th{width:20%}.lives thead th+th+th{width:16%}.lives tbody th{font-size:1.05rem}.lives td,.lives th{vertical-align:middle}.lives td.drawn,.lives thead td{padding:0 .8rem}.lives thead td{border-top:0}
.lives svg{display:block;overflow:visible}.lives text{fill:currentColor;font-size:12px}.lives .mark{font-weight:700;font-size:15px}.lives .life .mark{display:none}
.lives .axis text{color:var(--soft)}.lives .axis .mark{color:var(--ink)}.tick{stroke:var(--soft);stroke-width:2}.days{text-anchor:middle;color:var(--soft)}
.band{fill:var(--soft);fill-opacity:.4;stroke:var(--soft)}.margin{fill:var(--soft);opacity:.16}.band.hit{fill:var(--nogo);stroke:var(--nogo)}.margin.hit{fill:var(--nogo);opacity:.25}
.span{stroke:var(--go);stroke-width:6}.end path{stroke:var(--go);stroke-width:5;fill:none}.guess{stroke-dasharray:6 8}
.fail .span,.fail .end path{stroke:var(--nogo)}.warn .span,.warn .end path,.unknown .span,.unknown .end path{stroke:var(--unknown)}
.cell.ok .state{color:var(--go)}.cell.ok .state::before{content:"✓ "}.cell.fail .state{color:var(--nogo)}.cell.fail .state::before{content:"✕ "}.cell.warn .state{color:var(--unknown)}.cell.warn .state::before{content:"! "}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--soft);font-size:.86rem}
@media(max-width:60rem){.axis .minor{display:none}.legs li{grid-template-columns:6em 1fr 4em}.legs .phase,.legs .bytes,.legs .rate,.legs .eta{grid-column:2/-1}}
@media(max-width:44rem){
ol.timeline{grid-template-columns:1fr}.timeline li{border-top:0;border-left:.45rem solid var(--line);padding:.3rem .7rem}.timeline .past{border-color:var(--ink)}
.findings li{grid-template-columns:1fr}.findings li>*,.findings .status{grid-column:1;grid-row:auto}
body,h1{overflow-wrap:anywhere}h1{font-size:clamp(2.2rem,16vw,7rem)}
table,caption,tbody,tr,td,tbody th{display:block;width:100%}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr+tr{border-top:2px solid var(--ink)}
caption,td,tbody th{border-top:0;padding:.35rem .9rem}
td{display:grid;grid-template-columns:6.5em 1fr;gap:0 .6rem;border-top:1px solid var(--line)}
td::before{content:attr(data-head);color:var(--soft);font-size:.82rem;grid-row:1/9}
td>*{grid-column:2}
.lives tbody th{width:100%}.lives td.drawn{display:block;width:100%;padding:.2rem .9rem .5rem;border:0}.lives td.drawn::before{content:none}.lives .life .mark{display:block}}
@media(prefers-reduced-motion:reduce){*{transition:none!important}}
@media print{:root{--ground:#fff;--sheet:#fff}.live,.skip,footer{display:none}section{break-inside:avoid}}
`.trim();
