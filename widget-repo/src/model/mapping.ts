import { textAt } from './failure.ts';
import { type EndpointMapping, orderStatus, type Report } from './order.ts';

export type Placeholder = 'symbol' | 'side' | 'type' | 'quantity' | 'price' | 'clientOrderId' | 'token' | 'venueToken' | 'orderId';
export type Values = Readonly<Partial<Record<Placeholder, string | null>>>;

export interface MappedRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const PLACEHOLDER = /\{([a-zA-Z]+)\}/g;

/** The partner's request with our values in it; null when the address itself needs a value that is not there. */
export function fillMapping(mapping: EndpointMapping, values: Values): MappedRequest | null {
  const url = fill(mapping.url, values, encodeURIComponent);
  if (url === null) return null;
  const fields = fillAll(mapping.body ?? {}, values);
  const hasBody = mapping.method === 'POST';
  return {
    url,
    method: mapping.method,
    headers: { ...(hasBody ? { 'Content-Type': 'application/json' } : {}), ...fillAll(mapping.headers ?? {}, values) },
    body: hasBody ? JSON.stringify(fields) : null,
  };
}

/** Fields whose placeholder has no value are left out. */
function fillAll(templates: Readonly<Record<string, string>>, values: Values): Record<string, string> {
  const filled: [string, string][] = [];
  for (const [name, template] of Object.entries(templates)) {
    const text = fill(template, values, (value) => value);
    if (text !== null) filled.push([name, text]);
  }
  return Object.fromEntries(filled);
}

function fill(template: string, values: Values, encode: (value: string) => string): string | null {
  let complete = true;
  const text = template.replace(PLACEHOLDER, (_, name: Placeholder) => {
    const value = Object.hasOwn(values, name) ? values[name] : null;
    if (value === null || value === undefined || value === '') complete = false;
    return encode(value ?? '');
  });
  return complete ? text : null;
}

const PLACES: Readonly<Record<keyof Report, string>> = {
  orderId: 'data.id',
  status: 'data.status',
  filledQuantity: 'data.filled_quantity',
  averagePrice: 'data.average_price',
  fee: 'data.fee',
  feeAsset: 'data.fee_asset',
  reason: 'data.reason',
};

/** What the partner's answer says about the order. Where the mapping names no place, our own envelope's is looked at. */
export function readReport(body: unknown, mapping: EndpointMapping): Report {
  const at = (name: keyof Report) => textAt(body, mapping.answer?.[name] ?? PLACES[name]);
  return {
    orderId: at('orderId'),
    status: orderStatus(at('status') ?? ''),
    filledQuantity: at('filledQuantity'),
    averagePrice: at('averagePrice'),
    fee: at('fee'),
    feeAsset: at('feeAsset'),
    reason: at('reason'),
  };
}
