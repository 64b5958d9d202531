/** The widget's one style sheet. Colours come as custom properties from model/theme.ts; sizes sit on a 4 px grid. */
export const css = `
:host {
  all: initial !important;
  display: block !important;
  box-sizing: border-box !important;
  direction: ltr !important;
  min-width: 280px !important;
  color-scheme: var(--ow-scheme) !important;
  --ow-radius: 8px;
  --ow-space: 4px;
}
* { box-sizing: border-box; margin: 0; padding: 0; }
[hidden] { display: none !important; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.widget {
  container-type: inline-size;
  position: relative;
  font: 14px/20px var(--ow-font);
  font-variant-numeric: tabular-nums;
  color: var(--ow-text);
  background: var(--ow-bg);
  border: 1px solid var(--ow-line);
  border-radius: calc(var(--ow-radius) + 4px);
  overflow: hidden;
  text-align: start;
  -webkit-text-size-adjust: 100%;
}
button, input, select { font: inherit; color: inherit; font-variant-numeric: inherit; }
button, select, summary, label { cursor: pointer; }
button, .segment, summary, .box, .pick { transition: background-color 120ms, border-color 120ms, color 120ms; }
:focus-visible, .segment:has(:focus-visible), .box:focus-within, .pick:focus-within {
  outline: 2px solid var(--ow-primary);
  outline-offset: 1px;
}
.box input:focus-visible, .pick select:focus-visible { outline: none; }

.head { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 8px 16px 8px 8px; border-bottom: 1px solid var(--ow-line); }
.pick { position: relative; border-radius: var(--ow-radius); }
.pick::after { content: "▾"; position: absolute; right: 10px; top: 12px; pointer-events: none; color: var(--ow-text-muted); }
.pick:hover { background: var(--ow-surface); }
select { appearance: none; height: 44px; padding: 0 26px 0 8px; border: 0; background: none; font-size: 15px; font-weight: 650; }
select option { background: var(--ow-surface); color: var(--ow-text); }
.prices { display: flex; align-items: baseline; flex-wrap: wrap; justify-content: flex-end; column-gap: 8px; }
.last { font-size: 17px; font-weight: 650; letter-spacing: -0.01em; }
.change { font-size: 13px; }
[data-move=up] { color: var(--ow-buy); }
[data-move=down] { color: var(--ow-sell); }
.feed { width: 8px; height: 8px; border-radius: 50%; background: var(--ow-text-muted); align-self: center; }
.feed[data-feed=live] { background: var(--ow-buy); }
.feed[data-feed=stale] { background: var(--ow-warn); border-radius: 1px; }
.feed[data-feed=away] { background: none; border: 2px solid var(--ow-sell); }

.columns, .left, .ticket, .field, .summary, .action, footer { display: grid; grid-template-columns: minmax(0, 1fr); }
.left { padding: 12px 16px 16px; gap: 12px; align-content: start; min-width: 0; }
.ticket { gap: 12px; }
.segments { border: 0; display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 4px; padding: 4px; background: var(--ow-surface); border-radius: var(--ow-radius); min-width: 0; }
.segment { display: flex; align-items: center; justify-content: center; gap: 8px; min-height: 44px; border-radius: calc(var(--ow-radius) - 2px); color: var(--ow-text-muted); font-weight: 600; }
.segment:hover { color: var(--ow-text); }
.segment:has(:checked) { background: var(--ow-raised); color: var(--ow-text); }
.mark { font-size: 10px; }
.segment.buy:has(:checked) { background: var(--ow-buy-fill); color: var(--ow-on-buy); }
.segment.sell:has(:checked) { background: var(--ow-sell-fill); color: var(--ow-on-sell); }
.types { background: none; padding: 0; justify-content: start; grid-auto-columns: auto; gap: 16px; }
.types .segment { padding: 0 4px; border-radius: 0; border-bottom: 2px solid transparent; font-weight: 500; }
.types .segment:has(:checked) { background: none; border-color: var(--ow-primary); }

.field { gap: 4px; }
.field label { color: var(--ow-text-muted); font-size: 13px; justify-self: start; cursor: default; }
.box { display: flex; align-items: center; background: var(--ow-surface); border: 1px solid var(--ow-line-strong); border-radius: var(--ow-radius); min-height: 48px; }
.box:has([aria-invalid]) { border-color: var(--ow-sell); }
.box input { flex: 1; min-width: 0; height: 46px; border: 0; background: none; padding: 0 12px; font-size: 16px; font-weight: 550; outline: none; }
.unit { color: var(--ow-text-muted); padding-right: 12px; font-size: 13px; }
.problem { color: var(--ow-sell); font-size: 13px; }
.quiet { min-height: 44px; min-width: 44px; border: 0; background: none; border-radius: var(--ow-radius); color: var(--ow-text-muted); font-size: 13px; }
.quiet:hover:enabled { color: var(--ow-text); background: var(--ow-raised); }
.quiet:disabled { cursor: default; opacity: .6; }
.quotes { display: flex; border-left: 1px solid var(--ow-line); }

.warning, .why { font-size: 13px; padding: 8px 12px; border-radius: var(--ow-radius); background: var(--ow-warn-tint); border-left: 3px solid var(--ow-warn); }

.action { gap: 8px; }
.go { width: 100%; min-height: 52px; border: 0; border-radius: var(--ow-radius); font-size: 16px; font-weight: 650; padding: 8px 12px; background: var(--ow-primary-fill); color: var(--ow-on-primary); }
.go[data-side=BUY] { background: var(--ow-buy-fill); color: var(--ow-on-buy); }
.go[data-side=SELL] { background: var(--ow-sell-fill); color: var(--ow-on-sell); }
.go:hover { filter: brightness(1.06); }
.go[aria-disabled] { background: var(--ow-raised); color: var(--ow-text-muted); cursor: not-allowed; filter: none; }
.glyph { width: 24px; height: 24px; border-radius: 50%; display: grid; place-items: center; font-weight: 700; font-size: 13px; background: var(--ow-raised); }
.hint { font-size: 13px; overflow-wrap: anywhere; }
summary { min-height: 44px; display: flex; align-items: center; font-size: 13px; text-decoration: underline; text-underline-offset: 3px; width: max-content; }
.again { min-height: 44px; border: 1px solid var(--ow-line-strong); border-radius: var(--ow-radius); background: var(--ow-bg); font-weight: 600; padding: 0 16px; }
.again:hover { background: var(--ow-raised); }
.block strong { font-weight: 600; overflow-wrap: anywhere; }
.block .glyph { background: var(--ow-warn); color: var(--ow-bg); }
.block { display: grid; gap: 12px; justify-items: center; text-align: center; padding: 48px 24px; }
.notice { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 0 4px 0 16px; font-size: 13px; background: var(--ow-warn-tint); }
[data-stage=loading] .columns { min-height: 800px; }
[data-stage=loading] .body > * { visibility: hidden; }
[data-stage=loading] .body { background: linear-gradient(var(--ow-surface), var(--ow-surface)) 16px 16px / 120px 24px no-repeat, linear-gradient(var(--ow-surface), var(--ow-surface)) 16px 76px / calc(100% - 32px) 48px no-repeat, linear-gradient(var(--ow-surface), var(--ow-surface)) 16px 200px / calc(100% - 32px) 48px no-repeat, linear-gradient(var(--ow-surface), var(--ow-surface)) 16px 320px / calc(100% - 32px) 52px no-repeat; }

@container (min-width: 640px) {
  [data-stage=loading] .columns { min-height: 540px; }
  .columns { grid-template-columns: minmax(0, 1fr) minmax(240px, 38%); }
}
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; animation: none !important; }
}
@media (forced-colors: active) {
  .segment:has(:checked), .go, .again { border: 2px solid; }
}
`;
