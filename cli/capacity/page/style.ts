/** Style of the page, light and dark. It loads no external files. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fbf8f3; --card: #fff; --ink: #14262e; --soft: #5a6b73; --line: #e4ddd2; --sea: #0f6b75;
  --sea-soft: #dcefee; --coral: #c64822; --grey: #6b787e; --good: #1f7a4d; --good-soft: #e0f2e8; --bad: #b3261e; --bad-soft: #fbe7e4;
  --learning: rgb(20 38 46 / 5%); }
@media (prefers-color-scheme: dark) { :root { --paper: #0c1a20; --card: #13262e; --ink: #eaf1f2; --soft: #9fb2b9; --line: #24404a;
  --sea: #7fd0cf; --sea-soft: #17363f; --coral: #ff8a5c; --grey: #82949b; --good: #7fd6a6; --good-soft: #153a2a; --bad: #ff9d92;
  --bad-soft: #46211e; --learning: rgb(255 255 255 / 5%); } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 400 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1rem; font-weight: 600; margin: 0 0 .9rem; color: var(--soft); }
h1 b { color: var(--ink); }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
p { margin: .35rem 0; max-width: 105ch; }
.soft, figcaption { color: var(--soft); font-size: .9rem; }
section.card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.1rem 1.3rem; margin: 0 0 1rem; }
section.result { border-left: 8px solid var(--bad); }
section.result.act { border-left-color: var(--good); }
.result strong.headline { display: block; font-size: 1.7rem; line-height: 1.2; color: var(--bad); margin-bottom: .3rem; }
.result.act strong.headline { color: var(--good); }
.result ul { margin: .6rem 0 0; padding-left: 1.1rem; color: var(--soft); font-size: .92rem; }
li.failed { color: var(--bad); font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: .8rem; margin-bottom: 1rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: .8rem 1.1rem; }
.tile span { display: block; color: var(--soft); font-size: .85rem; }
.tile b { font-size: 1.6rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tag { display: inline-block; padding: 0 .5em; border-radius: 99px; border: 1px solid var(--line); color: var(--soft); font-size: .75rem; font-weight: 500;
  vertical-align: .1em; }
figure { padding: .9rem 1rem .6rem; overflow-x: auto; }
figure h3 { margin: 0 0 .2rem; font-size: 1rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .85rem; color: var(--soft); }
.legend i { display: inline-block; width: 22px; height: 0; border-top: 3px solid; margin-right: .45em; vertical-align: .25em; }
.legend i.area { height: 10px; border: 0; vertical-align: -.05em; border-radius: 2px; }
svg { display: block; width: 100%; min-width: 720px; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
svg text { fill: var(--soft); }
svg text.name { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 3px; } svg text.strong { font-weight: 700; }
.grid { stroke: var(--line); } .base, .tick { stroke: var(--soft); } .leader { stroke: var(--grey); }
.learning { fill: var(--learning); }
.band { fill: var(--sea); opacity: .2; } .spread { fill: var(--ink); opacity: .16; }
.demand { fill: none; stroke: var(--ink); stroke-width: 1.3; stroke-linejoin: round; }
.floor { fill: none; stroke: var(--coral); stroke-width: 2; }
.reactive { fill: none; stroke: var(--grey); stroke-width: 1.2; stroke-dasharray: 4 3; }
.cold.ours, .bar.ours { fill: var(--coral); } .cold.theirs, .bar.theirs { fill: var(--grey); } .bar.lost { opacity: .45; }
.now { stroke: var(--coral); stroke-dasharray: 4 3; }
.hover { fill: transparent; } .hover:hover { fill: var(--learning); }
.dot { fill: var(--grey); stroke: var(--card); stroke-width: 1.5; } .dot.ours { fill: var(--coral); } .dot.ideal { fill: var(--sea); }
.trade-off { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 3fr); gap: 1.2rem; align-items: center; }
.trade-off svg { min-width: 0; } .trade-off .narrow { display: none; }
.trade-off td, .trade-off th { padding: .22rem .5rem .22rem 0; } .trade-off td:first-child { white-space: nowrap; }
i.number { display: inline-block; min-width: 1.5em; margin-right: .5em; border-radius: 99px; background: var(--grey); color: var(--card);
  font-size: .85em; font-style: normal; font-weight: 700; line-height: 1.5; text-align: center; } i.number.ours { background: var(--coral); } i.number.ideal { background: var(--sea); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .42rem .7rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: .82rem; vertical-align: bottom; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n { white-space: nowrap; }
td:first-child, th:first-child { min-width: 11rem; }
td small { display: block; color: var(--soft); }
tr.ours td { background: var(--sea-soft); } tr.ours td:first-child { box-shadow: -8px 0 0 var(--sea-soft); font-weight: 600; } tr.ours small { font-weight: 400; }
td.won { color: var(--good); } td.lost { color: var(--bad); }
details summary { cursor: pointer; color: var(--sea); margin: .4rem 0; }
@media (max-width: 800px) { svg { font-size: 16px; } .trade-off { grid-template-columns: minmax(0, 1fr); } .trade-off svg { font-size: 12px; }
  .trade-off .wide { display: none; } .trade-off .narrow { display: block; } figure, section.card { padding-left: .8rem; padding-right: .8rem; }
  td:not(.n) { min-width: 9rem; } }
@media print { body { background: #fff; } figure, section.card { break-inside: avoid; } }
`;
