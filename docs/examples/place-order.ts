import { createHmac, randomUUID } from 'node:crypto';

const { API = 'http://localhost:8080', API_SECRET = '' } = process.env;

async function call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const timestamp = String(Date.now());
  const nonce = randomUUID();
  const headers: Record<string, string> = {
    'X-API-Key': API_SECRET.split('.')[0]!,
    'X-API-Timestamp': timestamp,
    'X-API-Nonce': nonce,
    'X-API-Signature': createHmac('sha256', API_SECRET).update(timestamp + nonce + method + path + text).digest('hex'),
    'X-API-Signature-Version': '2',
  };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(API + path, { method, headers, body: body === undefined ? null : text, signal: AbortSignal.timeout(5_000) });
  const answer = (await response.json()) as { success: true; data: T } | { success: false; error: { code: string; message: string } };
  if (!answer.success) throw new Error(`${answer.error.code}: ${answer.error.message}`);
  return answer.data;
}

const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '59000', clientOrderId: randomUUID() };
try {
  const placed = await call<{ id: number; status: string }>('POST', '/api/orders', order);
  const { orders } = await call<{ orders: { id: number }[] }>('GET', '/api/orders?symbol=BTCUSDT&limit=10');
  console.log(JSON.stringify({ placed, among: orders.map(({ id }) => id) }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
