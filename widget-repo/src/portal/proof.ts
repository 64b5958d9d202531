import type { paths } from '../generated/api.ts';
import type { Ask, Outcome } from './api.ts';
import { failure } from '../model/failure.ts';

/** An altcha challenge: find the counter whose derived key begins with `keyPrefix`. */
type Challenge = NonNullable<paths['/api/auth/captcha']['get']['responses']['200']['content']['application/json']['data']>;
export type ProofParameters = Challenge['parameters'];

export type ProofNews =
  | { readonly kind: 'tried'; readonly tries: number }
  | { readonly kind: 'found'; readonly counter: number; readonly derivedKey: string; readonly time: number }
  | { readonly kind: 'failed' };

/** Injected by the build: the worker is a file of our own, which the content security policy asks for. */
declare const __PROOF_WORKER__: string;

export async function prove(ask: Ask, progress: (tries: number) => void): Promise<Outcome<string>> {
  const asked = await ask<Challenge>({ method: 'GET', path: '/api/auth/captcha' });
  if (!asked.ok) return asked;
  const solution = await solve(asked.value.parameters, progress);
  if (solution === null) return { ok: false, trouble: { ...failure('CAPTCHA_FAILED'), status: 0, fields: {} } };
  return { ok: true, value: btoa(JSON.stringify({ challenge: asked.value, solution })) };
}

function solve(parameters: ProofParameters, progress: (tries: number) => void): Promise<{ counter: number; derivedKey: string; time: number } | null> {
  return new Promise((resolve) => {
    const worker = new Worker(`/portal/${__PROOF_WORKER__}`);
    const end = (value: { counter: number; derivedKey: string; time: number } | null) => {
      worker.terminate();
      resolve(value);
    };
    worker.addEventListener('error', () => end(null));
    worker.addEventListener('message', ({ data }: MessageEvent<ProofNews>) => {
      if (data.kind === 'tried') progress(data.tries);
      else end(data.kind === 'found' ? { counter: data.counter, derivedKey: data.derivedKey, time: data.time } : null);
    });
    worker.postMessage(parameters);
  });
}
