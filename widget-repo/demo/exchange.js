// The demo partner's page: what an exchange would write to put the widget into its own site.
import { drawChart, drawDepth } from './charts.js';
import { showAccount, showFills, showTicker, signInDialog } from './page.js';
import { createVenue } from './venue.js';

const POINTS_MAX = 900;
const ORDERS_MAX = 20;

const { apiUrl, trader } = await (await fetch('/demo-config.json')).json();
const venue = createVenue(apiUrl);
const orders = new Map();
let points = [];
let book = null;

const widget = window.OurWidget.init({
  container: '#our-widget-container',
  exchangeId: 'demo-exchange',
  apiUrl,
  // Our backend signs who the trader is; the widget asks whenever it needs a session.
  getSession: () => venue.widgetSession(),
});

widget.on('book', (fresh) => {
  book = fresh;
  const mid = midOf(fresh);
  if (mid !== null) points = [...points, { at: Date.now(), mid }].slice(-POINTS_MAX);
  redraw();
});
widget.on('symbol', () => {
  points = [];
  book = null;
  redraw();
});
widget.on('order', (event) => {
  orders.set(event.order.clientOrderId, { ...event, at: orders.get(event.order.clientOrderId)?.at ?? new Date() });
  if (orders.size > ORDERS_MAX) orders.delete(orders.keys().next().value);
  showFills([...orders.values()].reverse());
  if (event.filledQuantity !== null) void refreshAccount();
});
widget.on('signIn', () => dialog.open());

const dialog = signInDialog(trader, async (email, password) => {
  await venue.signIn(email, password);
  const { exchangeUserId } = await venue.widgetSession();
  widget.update({ exchangeUserId });
  await refreshAccount();
});
document.querySelector('#open-sign-in').addEventListener('click', () => dialog.open());
document.querySelector('#sign-out').addEventListener('click', () => {
  venue.signOut();
  orders.clear();
  showFills([]);
  widget.update({ exchangeUserId: null });
  void refreshAccount().then(() => document.querySelector('#open-sign-in').focus());
});
window.addEventListener('resize', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
redraw();

async function refreshAccount() {
  showAccount(venue.email(), await venue.balances());
}

function redraw() {
  showTicker(book, points);
  drawChart(document.querySelector('#canvas'), points);
  drawDepth(document.querySelector('#depth'), book);
}

function midOf({ bids, asks }) {
  return bids.length && asks.length ? Math.round((Number(bids[0][0]) + Number(asks[0][0])) * 50) / 100 : null;
}
