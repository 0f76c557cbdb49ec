#pragma once

#include <string_view>

namespace e2b::cli {

// How a report looks: by day and by night, on a telephone and on a wide screen, and on paper.
inline constexpr std::string_view page_style = R"css(
:root {
  --paper: #f6f8fa; --card: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0;
  --created: #2da44e; --rejected: #cf222e; --not_sent: #bf8700; --unknown: #8250df;
  --refused: #e0823d; --window: #0969da; --flight: #8c959f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --card: #161b22; --ink: #e6edf3; --soft: #9198a1; --line: #30363d;
    --created: #3fb950; --rejected: #f85149; --not_sent: #d29922; --unknown: #a371f7;
    --refused: #f0883e; --window: #58a6ff; --flight: #6e7681;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; }
h2 { font-size: 17px; margin: 0 0 12px; }
h3 { font-size: 14px; margin: 20px 0 4px; color: var(--soft); font-weight: 600; }
header p { color: var(--soft); margin: 4px 0 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin-top: 16px; }
section > h3:first-of-type { margin-top: 0; }
code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; }
.card { border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px; padding: 10px 12px; }
.card b { font-size: 24px; font-variant-numeric: tabular-nums; }
.card .name { font-weight: 600; }
.card .part { color: var(--soft); white-space: nowrap; }
.card small { display: block; color: var(--soft); }
.card.none b { color: var(--soft); font-weight: 400; }
.card.created { border-left-color: var(--created); } .card.rejected { border-left-color: var(--rejected); }
.card.not_sent { border-left-color: var(--not_sent); } .card.unknown { border-left-color: var(--unknown); }
.whole { display: flex; gap: 2px; height: 12px; margin-top: 14px; border-radius: 6px; overflow: hidden; }
.whole i { min-width: 3px; }
i.created { background: var(--created); } i.rejected { background: var(--rejected); }
i.not_sent { background: var(--not_sent); } i.unknown { background: var(--unknown); }
i.refused { background: var(--refused); } i.limit { background: var(--window); } i.flight { background: var(--flight); }
.badge { font-size: 12px; font-weight: 600; white-space: nowrap; }
.badge.created { color: var(--created); } .badge.rejected { color: var(--rejected); }
.badge.not_sent { color: var(--not_sent); } .badge.unknown { color: var(--unknown); }
.scroll { overflow-x: auto; }
.scroll + .scroll { margin-top: 16px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: var(--soft); font-weight: 600; white-space: nowrap; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td { overflow-wrap: anywhere; min-width: 5ch; }
td code { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
summary { cursor: pointer; color: var(--soft); }
.chart { display: grid; grid-template-columns: 48px 1fr; }
.scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; padding-right: 8px;
  margin: -8px 0; font-size: 12px; line-height: 16px; color: var(--soft); font-variant-numeric: tabular-nums; }
.plot { position: relative; height: 160px; border-left: 1px solid var(--line); border-bottom: 1px solid var(--line);
  background: linear-gradient(var(--line), var(--line)) 0 50% / 100% 1px no-repeat,
    linear-gradient(var(--line), var(--line)) 0 0 / 100% 1px no-repeat; }
.bars { display: flex; align-items: flex-end; gap: 2px; height: 100%; padding: 0 1px; }
.bars.tight { gap: 0; padding: 0; }
.bars > div { flex: 1 1 0; min-width: 0; height: 100%; display: flex; flex-direction: column; justify-content: flex-end; }
.bars i { display: block; border-radius: 2px 2px 0 0; }
.bars.tight i { border-radius: 0; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
polyline { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
polyline.limit { stroke: var(--window); } polyline.flight { stroke: var(--flight); }
.pause { position: absolute; top: 0; bottom: 0; border-left: 1px dashed var(--soft); }
.below { grid-column: 2; display: flex; justify-content: space-between; font-size: 12px; color: var(--soft);
  margin-top: 4px; font-variant-numeric: tabular-nums; }
.legend, .figures { margin: 0 0 12px; display: flex; flex-wrap: wrap; gap: 4px 20px; }
.legend { font-size: 13px; color: var(--soft); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
.figures b { font-size: 18px; font-variant-numeric: tabular-nums; }
.note, footer { color: var(--soft); font-size: 13px; margin: 10px 0 0; }
footer { margin-top: 16px; }
@media (max-width: 700px) {
  main { padding: 16px 10px; }
  h1 { font-size: 22px; }
  section { padding: 12px; }
  .cards { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .chart { grid-template-columns: 40px 1fr; }
  thead { display: none; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 0 14px; padding: 6px 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  td { border: 0; padding: 0; min-width: 0; }
  td code { white-space: normal; }
  td.long { flex-basis: 100%; }
  td:empty { display: none; }
  td.number:not(:empty)::before { content: attr(data-name) " "; color: var(--soft); }
}
@media print {
  body { background: none; }
  section { break-inside: avoid; }
}
)css";

} // namespace e2b::cli
