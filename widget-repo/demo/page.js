// Everything on the partner's page that is not the widget.
const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const QUOTES = ['USDT', 'USD', 'EUR'];
const POINT_ROWS_MAX = 30;

const $ = (selector) => document.querySelector(selector);

export function showTicker(book, points) {
  const symbol = book?.symbol ?? '';
  if (symbol) $('#pair').textContent = `${assetOf(symbol)} / ${symbol.slice(assetOf(symbol).length)}`;
  const bid = Number(book?.bids[0]?.[0]);
  const ask = Number(book?.asks[0]?.[0]);
  const text = (value) => (Number.isFinite(value) ? money.format(value) : '–');
  const last = points.at(-1)?.mid;
  $('#mid').textContent = text(last);
  $('#bid').textContent = text(bid);
  $('#ask').textContent = text(ask);
  $('#spread').textContent = text(ask - bid);
  const change = points.length > 1 ? (last / points[0].mid - 1) * 100 : null;
  $('#change').textContent = change === null ? '–' : `${arrow(change)}${Math.abs(change).toFixed(2)} %`;
  $('#change').className = change === null || change === 0 ? '' : change < 0 ? 'down' : 'up';
  if ($('details.table').open) {
    $('#points').replaceChildren(...points.slice(-POINT_ROWS_MAX).reverse().map(({ at, mid }) => row([clock.format(at), text(mid)])));
  }
}

export function showAccount(email, balances) {
  $('#who').hidden = email === null;
  $('#open-sign-in').hidden = email !== null;
  $('#email').textContent = email ?? '';
  const cash = balances.find(({ asset }) => QUOTES.includes(asset));
  $('#wealth').textContent = cash ? `${money.format(Number(cash.available))} ${cash.asset}` : '';
}

export function showFills(orders) {
  $('#no-fills').hidden = orders.length > 0;
  $('#fill-rows').replaceChildren(
    ...orders.map(({ at, order, phase, averagePrice, filledQuantity, code }) => {
      const side = document.createElement('span');
      side.className = order.side === 'BUY' ? 'up' : 'down';
      side.textContent = `${order.side === 'BUY' ? '▲ Buy' : '▼ Sell'} ${order.quantity} ${assetOf(order.symbol)}`;
      const price = averagePrice ?? order.price;
      return row([clock.format(at), side, price ? money.format(Number(price)) : 'market', filledQuantity ?? '0', code ? `${phase} · ${code}` : phase], [2, 3]);
    }),
  );
}

export function signInDialog(prefill, signIn) {
  const dialog = $('#sign-in');
  const form = $('#sign-in-form');
  const wrong = $('#sign-in-wrong');
  let isFromTicket = false;
  form.elements.email.value = prefill?.email ?? '';
  form.elements.password.value = prefill?.password ?? '';
  $('#sign-in-cancel').addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    $('#sign-in-go').disabled = true;
    wrong.hidden = true;
    try {
      await signIn(form.elements.email.value, form.elements.password.value);
      dialog.close();
      // The button that opened it is gone by now, and the focus with it.
      $(isFromTicket ? '.widget-place' : '#sign-out').focus();
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    } finally {
      $('#sign-in-go').disabled = false;
    }
  });
  return {
    open: () => {
      if (dialog.open) return;
      isFromTicket = $('.widget-place').contains(document.activeElement);
      dialog.showModal();
    },
  };
}

function arrow(change) {
  if (Math.abs(change) < 0.005) return '';
  return change < 0 ? '▼ ' : '▲ ';
}

function assetOf(symbol) {
  const quote = QUOTES.find((each) => symbol.endsWith(each)) ?? '';
  return symbol.slice(0, symbol.length - quote.length);
}

function row(cells, numbers = []) {
  const line = document.createElement('tr');
  cells.forEach((cell, index) => {
    const place = document.createElement('td');
    place.append(cell);
    if (numbers.includes(index)) place.className = 'number';
    line.append(place);
  });
  return line;
}
