import type { CodeBlock } from './markdown.ts';

/**
 * A call as a guide prints it: `METHOD path`, headers, body, an empty line, then status, headers and body of the answer. A `…` at the end of a text or
 * of an object stands for what is left out.
 */
export interface GuideCall {
  /** Who calls, when it is not the reader: the words of a first line `# words`. */
  readonly who: string | null;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: unknown };
}

const HEADER = /^([A-Z][A-Za-z-]+): (.*)$/;

export function guideCall({ text }: CodeBlock): GuideCall {
  const lines = text.trim().split('\n');
  const who = lines[0]!.startsWith('# ') ? lines.shift()!.slice(2) : null;
  const end = lines.indexOf('');
  const [method = '', path = ''] = lines[0]!.split(' ');
  const asked = headersAndBody(lines.slice(1, end));
  const answered = headersAndBody(lines.slice(end + 2));
  if (end < 0 || answered.body === '') throw new Error(`no call: ${text}`);
  const body = JSON.parse(answered.body.replace(/…\s*\}/g, '"…": true }')) as unknown;
  return { who, method, path, headers: asked.headers, body: asked.body || null, answer: { status: Number(lines[end + 1]), headers: answered.headers, body } };
}

function headersAndBody(lines: readonly string[]): { headers: Record<string, string>; body: string } {
  const headers: Record<string, string> = {};
  const body: string[] = [];
  for (const line of lines) {
    const [, name, value] = (body.length === 0 && HEADER.exec(line)) || [];
    if (name !== undefined) headers[name] = value!;
    else body.push(line);
  }
  return { headers, body: body.join('\n') };
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a guide prints, and what it is called in a run. Ids that nobody can foretell, and times that are not exact. */
export class GuideValues {
  readonly #real = new Map<string, string>();

  /** What a reader would put in the place of something that is printed. */
  know(printed: string, real: string): void {
    this.#real.set(printed, real);
  }

  /** The text with the run's own ids in it. */
  fill(text: string): string {
    return [...this.#real].reduce((filled, [printed, real]) => filled.replaceAll(printed, real), text);
  }

  /** Where an answer differs from the one that is printed; empty when it does not. */
  differences(printed: unknown, real: unknown, place = 'answer'): string[] {
    if (Array.isArray(printed) && Array.isArray(real)) {
      if (printed.length !== real.length) return [`${place}: ${real.length} in place of ${printed.length} elements: ${JSON.stringify(real)}`];
      return printed.flatMap((element, index) => this.differences(element, real[index], `${place}[${index}]`));
    }
    if (isObject(printed) && isObject(real)) return this.#objectDifferences(printed, real, place);
    return this.#same(printed, real) ? [] : [`${place}: ${JSON.stringify(real)} in place of ${JSON.stringify(printed)}`];
  }

  #objectDifferences({ '…': open, ...printed }: Record<string, unknown>, real: Record<string, unknown>, place: string): string[] {
    const unprinted = open ? [] : Object.keys(real).filter((name) => !(name in printed)).map((name) => `${place}.${name}: is not printed (${JSON.stringify(real[name])})`);
    return [...Object.keys(printed).flatMap((name) => this.differences(printed[name], real[name], `${place}.${name}`)), ...unprinted];
  }

  #same(printed: unknown, real: unknown): boolean {
    if (printed === real) return true;
    if (typeof printed !== 'string' || typeof real !== 'string') return false;
    if (printed.endsWith('…')) return real.startsWith(printed.slice(0, -1));
    if (TIME.test(printed)) return TIME.test(real) && printed.slice(0, 10) === real.slice(0, 10);
    if (!UUID.test(printed) || !UUID.test(real)) return false;
    if (!this.#real.has(printed)) this.#real.set(printed, real);
    return this.#real.get(printed) === real;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
