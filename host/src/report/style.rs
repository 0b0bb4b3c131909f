//! The style sheet: one for light and dark, for screen and paper.

pub(super) const CSS: &str = r"
:root { --ink: #16202c; --soft: #5a6776; --line: #d9e0e7; --page: #fbfcfd; --card: #ffffff; --accent: #0b6e99;
  --accent-soft: #cfe6f0; --good: #1b7a43; --bad: #b3261e; --warm: #c2641b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7edf3; --soft: #9fb0c0; --line: #2b3947; --page: #10171f; --card: #17212b;
  --accent: #58b7dd; --accent-soft: #1d4254; --good: #63c98c; --bad: #ff8a80; --warm: #f0a35e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2.5rem 1.5rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: .2rem 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 0 0 .2rem; }
.product { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .02em; }
.lead { font-size: 1.1rem; max-width: 46rem; margin: 0 0 1.5rem; }
.explanation { color: var(--soft); margin: 0 0 1rem; max-width: 46rem; }
section { margin-top: 2.8rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; margin: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1.1rem; }
.card dt { color: var(--soft); font-size: .9rem; }
.card dd { margin: .1rem 0 0; font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25; }
.card dd small { display: block; font-size: .85rem; font-weight: 400; color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .3rem .3rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
caption { text-align: left; color: var(--soft); padding: .4rem .7rem; }
th, td { padding: .38rem .7rem; text-align: right; white-space: nowrap; }
th { font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line); }
tbody th { text-align: left; color: var(--ink); font-weight: 500; border: 0; max-width: 18rem; overflow: hidden; text-overflow: ellipsis; }
td.text, th.text { text-align: left; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tfoot td, tfoot th { border-top: 2px solid var(--line); font-weight: 650; color: var(--ink); }
tfoot th { text-align: left; border-bottom: 0; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 12px; font-variant-numeric: tabular-nums; }
svg .soft { fill: var(--soft); } svg .grid { stroke: var(--line); } svg .bar { fill: var(--accent); } svg .rest { fill: var(--accent-soft); }
svg .axis { stroke: var(--soft); } svg .line { stroke: var(--accent); fill: none; stroke-width: 2; } svg .dashed { stroke: var(--warm); stroke-dasharray: 6 4; } svg .dot { fill: var(--accent); stroke: var(--card); stroke-width: 1.5; }
svg .roof { stroke: var(--warm); fill: none; stroke-width: 2; } svg .warm { fill: var(--warm); } svg .stripe { stroke: var(--accent); stroke-width: 2; }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr)); gap: .7rem; list-style: none; margin: 0; padding: 0; }
.gallery li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem; text-align: center; font-size: .85rem; }
.gallery img { width: 100%; image-rendering: pixelated; border-radius: .3rem; display: block; margin-bottom: .3rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: .8rem; align-items: start; }
ul.notes { margin: 1rem 0 0; padding-left: 1.2rem; color: var(--soft); }
footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid; } }
";
