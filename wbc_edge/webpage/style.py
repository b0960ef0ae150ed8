"""The page's style sheet: light and dark, on screen and on paper."""

from __future__ import annotations

COLOURS = 8
"""Contenders are told apart by as many colours, `c0` to `c7`, and then again from the first."""

STYLE = (
    """
:root { color-scheme: light dark;
  --page: #f6f5f2; --card: #ffffff; --ink: #1d2329; --soft: #5c6670; --rule: #dedbd4;
  --good: #1f7a52; --bad: #b3362b; --unsure: #96690a; --plain: #2b5f9e;
  --s0: #c9d6e6; --s1: #8fb0d6; --s2: #2b5f9e; --s3: #b9bec4;
  --right: 43,95,158; --wrong: 190,62,45;
  --c0: #2b5f9e; --c1: #d0652a; --c2: #2a8a68; --c3: #8657b0; --c4: #a8811b; --c5: #bd4579;
  --c6: #3f8797; --c7: #73787d; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14181c; --card: #1c2227; --ink: #e7e9ea; --soft: #9aa5ae; --rule: #343c43;
  --good: #59c08e; --bad: #ee8073; --unsure: #d9ab4b; --plain: #7fb0e8;
  --s0: #3c5270; --s1: #5f86b8; --s2: #8dbcf2; --s3: #5b636a;
  --right: 110,168,235; --wrong: 238,118,102;
  --c0: #7fb0e8; --c1: #ef9560; --c2: #5fc39d; --c3: #bb95e0; --c4: #d8b552; --c5: #ea85b0;
  --c6: #72bccd; --c7: #a9afb5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 20px 64px; }
header p, .soft, figcaption, footer { color: var(--soft); font-size: 14px; }
h1 { font-size: 15px; font-weight: 600; margin: 0; color: var(--soft); }
h2 { font-size: 20px; margin: 0 0 12px; } h3 { font-size: 15px; margin: 18px 0 6px; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: 22px 24px; margin: 18px 0; }
.verdict { border-left: 6px solid var(--tone); }
.verdict .headline { font-size: 30px; line-height: 1.2; font-weight: 650; margin: 0 0 10px;
  color: var(--tone); }
.good { --tone: var(--good); } .bad { --tone: var(--bad); }
.unsure { --tone: var(--unsure); } .plain { --tone: var(--plain); }
ul { margin: 8px 0 0; padding-left: 18px; } li { margin: 3px 0; overflow-wrap: anywhere; }
.caution { color: var(--unsure); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px;
  font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; color: var(--soft);
  border-bottom: 1px solid var(--rule); }
th, td { padding: 5px 10px; white-space: nowrap; text-align: right; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td { border-bottom: 1px solid var(--rule); } tr:last-child td { border-bottom: 0; }
td b { font-weight: 650; } .key { display: inline-block; width: 10px; height: 10px;
  border-radius: 3px; margin-right: 8px; }
details { margin-top: 14px; } summary { cursor: pointer; color: var(--soft); font-size: 14px; }
figure { margin: 10px 0 0; } svg { width: 100%; height: auto; display: block; overflow: visible; }
.row { display: flex; flex-wrap: wrap; gap: 18px; } .row > figure { flex: 1 1 280px; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
svg .tick { fill: var(--soft); font-size: 11px; } svg .name { font-size: 13px; font-weight: 600; }
svg .inside { fill: var(--card); font-size: 11px; } svg .small { font-size: 10.5px; }
.grid { stroke: var(--rule); stroke-width: 1; } .frame { fill: none; stroke: var(--rule); }
.one { stroke: var(--soft); stroke-width: 1.2; stroke-dasharray: 4 3; }
.whisker { stroke-width: 2; fill: none; } .curve { stroke-width: 2; fill: none; }
.wide { opacity: .25; } .middle { opacity: .45; } .core { opacity: .8; }
.cut { stroke: var(--card); stroke-width: 2; } .dot { stroke: var(--card); stroke-width: 1.2; }
.legend { font-size: 13px; color: var(--soft); display: flex; flex-wrap: wrap; gap: 4px 18px; }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; }
.cells figure { margin: 0; border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; }
.cells img, .cells .gone { width: 100%; aspect-ratio: 1; object-fit: cover; display: block;
  background: var(--rule); }
.cells .gone { display: grid; place-items: center; font-size: 12px; color: var(--soft); }
.cells figcaption { padding: 8px 10px; line-height: 1.35; font-size: 12.5px;
  overflow-wrap: anywhere; } .cells b { color: var(--ink); }
.cells select { display: block; width: 100%; margin-top: 6px; font: inherit; font-size: 12px; }
.cells .corrected { border-color: var(--unsure); box-shadow: 0 0 0 1px var(--unsure); }
a { color: var(--plain); }
.cells .effect-lost { color: var(--bad); } .cells .effect-gained { color: var(--good); }
@media print { body { background: #fff; } section { break-inside: avoid; }
  .cells figure { break-inside: avoid; } #counts ~ section { break-inside: auto; }
  button, select { display: none !important; } }
"""
    + "".join(
        f".c{n} {{ fill: var(--c{n}); stroke: var(--c{n}); background: var(--c{n}); }}\n"
        f".c{n}.whisker, .c{n}.curve {{ fill: none; }} .c{n}.dot {{ stroke: var(--card); }}\n"
        f"rect.c{n} {{ stroke: none; }}\n"
        for n in range(COLOURS)
    )
    + "".join(f".s{n} {{ fill: var(--s{n}); background: var(--s{n}); }}\n" for n in range(4))
)
