import { randomUUID } from 'node:crypto';
import type { App } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { signRequest } from '../src/domain/signature.ts';

/** As long as a quick transfer takes in a demo: one sees the deposit wait, and then arrive. */
const ARRIVES_AFTER_MS = 4_000;
const LOOK_EVERY_MS = 1_000;
const AT_ONCE_MAX = 20;
const PATH = '/api/funding/deposits';

interface Announced {
  readonly id: string;
  readonly asset: string;
  readonly amount: string;
  readonly created_at: string;
}

/** Stands in for the payment provider: whatever a trader of the demo announces arrives, and is told of by the same signed call over HTTP as a real one's. */
export function startPaymentProvider(app: App, { fundingSecret, port }: Pick<Config, 'fundingSecret' | 'port'>): { stop: () => Promise<void> } {
  if (fundingSecret === null) return { stop: () => Promise.resolve() };
  let stopped = false;
  const look = async (): Promise<void> => {
    const { deposits } = await app.trading!.deposits.list({ status: 'pending', limit: AT_ONCE_MAX }, null);
    const arrived = (deposits as readonly Announced[]).filter(({ created_at }) => Date.now() - Date.parse(created_at) >= ARRIVES_AFTER_MS);
    for (const deposit of arrived) if (!stopped) await tell(deposit, fundingSecret, port);
  };
  const looking = (async () => {
    while (!stopped) {
      await look().catch((error: unknown) => app.logger.error({ error }, 'the demo’s payment provider stumbled; it goes on'));
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await looking;
    },
  };
}

/** The transaction has the deposit's name, so that telling it again is the same. */
async function tell({ id, asset, amount }: Announced, secret: string, port: number): Promise<void> {
  const body = JSON.stringify({ transactionId: `demo-${id}`, reference: id, asset, amount });
  const [timestamp, nonce] = [String(Date.now()), randomUUID()];
  const signature = signRequest({ version: 2, timestamp, nonce, method: 'POST', path: PATH, body: Buffer.from(body) }, secret);
  const headers = {
    'Content-Type': 'application/json', 'X-API-Key': 'payment-provider', 'X-API-Timestamp': timestamp, 'X-API-Nonce': nonce, 'X-API-Signature': signature, 'X-API-Signature-Version': '2',
  };
  const answer = await fetch(`http://127.0.0.1:${port}${PATH}`, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`the deposit ${id} was answered ${answer.status}: ${await answer.text()}`);
}
