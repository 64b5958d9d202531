// Two small canvas charts: the mid price since the page was opened, and the depth of the order book.
const AXIS_WIDTH = 76;
const AXIS_HEIGHT = 24;
const GRID_LINES = 4;
const LABEL_HEIGHT = 18;
const DEPTH_LEVELS = 15;
const price = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

export function drawChart(canvas, points) {
  const view = prepare(canvas);
  const { context, width, height, color } = view;
  if (points.length < 2) return emptyChart(view, points.length ? 'Prices arrive once a second …' : 'Waiting for prices …');
  const mids = points.map(({ mid }) => mid);
  const pad = Math.max((Math.max(...mids) - Math.min(...mids)) * 0.2, mids[0] * 0.00005);
  const [low, high] = [Math.min(...mids) - pad, Math.max(...mids) + pad];
  const [start, end] = [points[0].at, points.at(-1).at];
  const x = (at) => ((at - start) / (end - start || 1)) * (width - AXIS_WIDTH);
  const y = (mid) => (1 - (mid - low) / (high - low)) * (height - AXIS_HEIGHT);
  drawGrid(view, { low, high, start, end, lastY: y(mids.at(-1)) });

  const path = new Path2D();
  points.forEach(({ at, mid }, index) => (index ? path.lineTo(x(at), y(mid)) : path.moveTo(x(at), y(mid))));
  const area = new Path2D(path);
  area.lineTo(x(end), height - AXIS_HEIGHT);
  area.lineTo(0, height - AXIS_HEIGHT);
  const fade = context.createLinearGradient(0, 0, 0, height);
  fade.addColorStop(0, color('--chart-fill'));
  fade.addColorStop(1, 'transparent');
  context.fillStyle = fade;
  context.fill(area);
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.strokeStyle = color('--chart');
  context.stroke(path);
  drawLast(view, x(end), y(mids.at(-1)), mids.at(-1));
}

export function drawDepth(canvas, book) {
  const view = prepare(canvas);
  const { context, width, height, color } = view;
  if (!book?.bids.length || !book.asks.length) return emptyChart(view, 'Waiting for the order book …');
  const total = (levels) => {
    let sum = 0;
    return levels.map(([at, quantity]) => [Number(at), (sum += Number(quantity))]);
  };
  // An order far from the market would press everything that matters into one line.
  const near = (levels) => total(levels.slice(0, DEPTH_LEVELS));
  const [bids, asks] = [near(book.bids), near(book.asks)];
  const most = Math.max(bids.at(-1)[1], asks.at(-1)[1]);
  const mid = (bids[0][0] + asks[0][0]) / 2;
  const reach = Math.max(mid - bids.at(-1)[0], asks.at(-1)[0] - mid) || 1;
  const base = height - AXIS_HEIGHT;
  const x = (at) => width / 2 + ((at - mid) / reach) * (width / 2);
  const y = (sum) => base - (sum / most) * (base - 12);
  for (const [levels, name, edge] of [[bids, 'up', 0], [asks, 'down', width]]) {
    const path = new Path2D();
    path.moveTo(x(levels[0][0]), base);
    let before = base;
    for (const [at, sum] of levels) {
      path.lineTo(x(at), before);
      path.lineTo(x(at), (before = y(sum)));
    }
    path.lineTo(edge, before);
    path.lineTo(edge, base);
    context.fillStyle = color(`--${name}-fill`);
    context.fill(path);
    context.strokeStyle = color(`--${name}`);
    context.lineWidth = 1.5;
    context.stroke(path);
  }
  context.fillStyle = color('--muted');
  context.textAlign = 'left';
  context.fillText(price.format(mid - reach), 4, height - 8);
  context.textAlign = 'center';
  context.fillText(price.format(mid), width / 2, height - 8);
  context.textAlign = 'right';
  context.fillText(price.format(mid + reach), width - 4, height - 8);
}

function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  context.font = `12px ${style.fontFamily}`;
  return { context, width, height, color: (name) => style.getPropertyValue(name).trim() };
}

function emptyChart({ context, width, height, color }, words) {
  context.fillStyle = color('--muted');
  context.textAlign = 'center';
  context.fillText(words, width / 2, height / 2);
}

function drawGrid({ context, width, height, color }, { low, high, start, end, lastY }) {
  context.strokeStyle = color('--line');
  context.fillStyle = color('--muted');
  context.lineWidth = 1;
  context.textAlign = 'left';
  for (let line = 0; line <= GRID_LINES; line += 1) {
    const y = Math.round(((line + 0.5) / (GRID_LINES + 1)) * (height - AXIS_HEIGHT)) + 0.5;
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width - AXIS_WIDTH, y);
    context.stroke();
    // The last price's own label stands here.
    if (Math.abs(y - lastY) < LABEL_HEIGHT) continue;
    context.fillText(price.format(high - (y / (height - AXIS_HEIGHT)) * (high - low)), width - AXIS_WIDTH + 8, y + 4);
  }
  context.fillText(clock.format(start), 0, height - 6);
  context.textAlign = 'right';
  context.fillText(clock.format(end), width - AXIS_WIDTH, height - 6);
}

function drawLast({ context, width, color }, x, y, mid) {
  context.fillStyle = color('--chart');
  context.beginPath();
  context.arc(x, y, 4, 0, Math.PI * 2);
  context.fill();
  context.fillRect(width - AXIS_WIDTH + 2, y - 10, AXIS_WIDTH - 2, 20);
  context.fillStyle = color('--on-chart');
  context.textAlign = 'left';
  context.fillText(price.format(mid), width - AXIS_WIDTH + 8, y + 4);
}
