/** The order's outcome, the account line and the order book. */
export const tradingCss = `
.percents { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 4px; margin-top: -4px; }
.percents .quiet { background: var(--ow-surface); }
.summary { border-top: 1px solid var(--ow-line); padding-top: 12px; gap: 8px; }
dl { display: grid; gap: 4px; }
dl div { display: flex; justify-content: space-between; gap: 12px; }
dt { color: var(--ow-text-muted); }
dd { text-align: end; overflow-wrap: anywhere; }
.outcome { display: grid; gap: 8px; padding: 12px; border-radius: var(--ow-radius); background: var(--ow-surface); border: 1px solid var(--ow-line); outline: none; }
.line { display: grid; grid-template-columns: 24px 1fr; gap: 12px; align-items: start; min-height: 28px; }
.line strong { padding-top: 2px; font-weight: 600; overflow-wrap: anywhere; }
[data-tone=busy] .glyph { background: none; border: 2px solid var(--ow-line-strong); border-top-color: var(--ow-primary); animation: turn 800ms linear infinite; }
[data-tone=good] { background: var(--ow-buy-tint); border-color: var(--ow-buy); }
[data-tone=good] .glyph { background: var(--ow-buy-fill); color: var(--ow-on-buy); }
[data-tone=bad] { background: var(--ow-sell-tint); border-color: var(--ow-sell); }
[data-tone=bad] .glyph { background: var(--ow-sell-fill); color: var(--ow-on-sell); }
[data-tone=warn] { background: var(--ow-warn-tint); border-color: var(--ow-warn); }
[data-tone=warn] .glyph { background: var(--ow-warn); color: var(--ow-bg); }
@keyframes turn { to { transform: rotate(1turn); } }
.facts { font-size: 13px; padding-bottom: 4px; }
.facts dt { color: inherit; }

footer { gap: 12px; }
.account { font-size: 13px; display: flex; flex-wrap: wrap; gap: 4px 16px; }
.account div { gap: 8px; }
.account dd { font-weight: 550; }
.orders { border-top: 1px solid var(--ow-line); padding-top: 12px; }
.title { font-size: 13px; color: var(--ow-text-muted); }
ul { list-style: none; }
li { display: grid; grid-template-columns: 1fr auto auto; gap: 8px; padding: 6px 0; font-size: 13px; }
li + li { border-top: 1px solid var(--ow-line); }
li .buy { color: var(--ow-buy); }
li .sell { color: var(--ow-sell); }
.state { text-align: end; color: var(--ow-text-muted); }

.book { position: relative; border-top: 1px solid var(--ow-line); padding: 12px 0; min-width: 0; }
.none { padding: 0 16px; font-size: 13px; color: var(--ow-text-muted); overflow-wrap: anywhere; }
[data-prices=never] table { display: none; }
[data-prices=away] :is(thead, tbody) { visibility: hidden; }
[data-prices=away] .none { position: absolute; inset: 0; display: grid; place-items: center; text-align: center; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
caption { text-align: start; padding: 0 16px 4px; color: var(--ow-text-muted); }
th { font-weight: 400; color: var(--ow-text-muted); text-align: end; padding: 4px 16px; font-size: 12px; }
th:first-child, td:first-child { text-align: start; }
td { text-align: end; padding: 0 16px; height: 24px; }
.book tr { --share: 0%; }
.asks tr { background: linear-gradient(to left, var(--ow-sell-tint) var(--share), transparent var(--share)); }
.bids tr { background: linear-gradient(to left, var(--ow-buy-tint) var(--share), transparent var(--share)); }
td button { border: 0; background: none; width: 100%; height: 24px; text-align: start; font-size: 13px; }
td button.ask { color: var(--ow-sell); }
td button.bid { color: var(--ow-buy); }
td button:disabled { cursor: default; }
.asks tr:hover td, .bids tr:hover td { background: var(--ow-raised); }
.spread td { text-align: center; color: var(--ow-text-muted); height: 32px; }
.book[data-feed=stale] table, .book[data-feed=away] table { filter: grayscale(1); }
.asks tr:nth-last-child(n+6), .bids tr:nth-child(n+6) { display: none; }
@container (min-width: 640px) {
  .columns:has([data-prices=never]) { grid-template-columns: minmax(0, 1fr); }
  .book:not([data-prices=never]) { border-top: 0; border-left: 1px solid var(--ow-line); }
  .asks tr:nth-last-child(n+6), .bids tr:nth-child(n+6) { display: table-row; }
}
@media (pointer: coarse) {
  td button { height: 44px; }
}
`;
