import { isTradingKey, sayTrading, sayWhy } from '../i18n/trading-text.ts';
import { parseAmount } from '../model/amount.ts';
import { failureOf, type Flow, type Phase, phaseOf } from '../model/order-flow.ts';
import type { Picture } from './part.ts';

/** An order's state as a trader would say it. */
export interface Outcome {
  readonly tone: 'busy' | 'good' | 'calm' | 'bad' | 'warn';
  readonly headline: string;
  readonly hint: string;
  /** For support; empty when there is nothing to add. */
  readonly details: readonly (readonly [string, string])[];
}

const TONES: Readonly<Record<Phase, Outcome['tone']>> = {
  asking: 'busy',
  renewing: 'busy',
  sending: 'busy',
  checking: 'warn',
  filled: 'good',
  partial: 'calm',
  resting: 'calm',
  accepted: 'calm',
  ended: 'warn',
  refused: 'bad',
  notSent: 'bad',
  unknown: 'warn',
};

export function outcomeOf(flow: Flow, picture: Picture): Outcome {
  const phase = phaseOf(flow);
  const words = wordsOf(flow, picture);
  const why = failureOf(flow);
  const details: [string, string][] = [];
  if (why) {
    details.push([sayTrading('code'), why.code]);
    if (why.requestId) details.push([sayTrading('requestId'), why.requestId]);
    details.push([sayTrading('order'), flow.report?.orderId ?? flow.order.clientOrderId]);
  }
  const [headline, advice] = split(headlineOf(flow, phase, words, picture));
  return { tone: TONES[phase], headline, hint: hintOf(flow, phase, words, picture, advice), details };
}

/** What happened stands out; what to do about it follows in the hint. */
function split(said: string): readonly [headline: string, advice: string] {
  const end = said.indexOf('. ') + 1;
  return end === 0 ? [said, ''] : [said.slice(0, end), `${said.slice(end + 1).replace(/\.$/, '')}.`];
}

type Words = Readonly<Record<string, string>>;

function wordsOf({ order, report }: Flow, { state, format, exchange }: Picture): Words {
  const market = state.markets.find(({ symbol }) => symbol === order.symbol);
  const amount = (given: string | null | undefined, decimalsMin = 0, decimalsMax = 8) => {
    const value = parseAmount(given ?? '');
    return value === null ? null : format.amount(value, decimalsMin, decimalsMax);
  };
  const quantity = amount(order.quantity) ?? '–';
  const average = amount(report?.averagePrice, market?.priceDecimals, market?.priceDecimals);
  return {
    exchange,
    side: sayTrading(order.side === 'BUY' ? 'buy' : 'sell').toLowerCase(),
    base: market?.base ?? order.symbol,
    quantity,
    price: amount(order.price, market?.priceDecimals) ?? '–',
    // An exchange may say no more than that it filled the order.
    filled: amount(report?.filledQuantity) ?? (report?.status === 'filled' ? quantity : sayTrading('phase.some')),
    at: average === null ? '' : sayTrading('phase.at', { average }),
    id: report?.orderId ?? order.clientOrderId,
  };
}

function headlineOf(flow: Flow, phase: Phase, words: Words, { exchange }: Picture): string {
  const why = failureOf(flow);
  switch (phase) {
    case 'ended':
      return `${sayTrading(parseAmount(flow.report?.filledQuantity ?? '') ? 'phase.endedPartly' : 'phase.endedEmpty', words)}.${reasonOf(flow)}`;
    case 'resting':
      return flow.order.type === 'LIMIT' ? sayTrading('phase.resting', words) : sayTrading('phase.accepted', words);
    case 'refused':
    case 'notSent':
      return sayTrading(`phase.${phase}`, { ...words, why: why ? sayWhy(why, exchange) : '' });
    default:
      return sayTrading(`phase.${phase}`, words);
  }
}

function reasonOf(flow: Flow): string {
  const key = `reason.${flow.report?.reason ?? ''}`;
  return isTradingKey(key) ? ` ${sayTrading(key)}` : '';
}

function hintOf(flow: Flow, phase: Phase, words: Words, { exchange }: Picture, advice: string): string {
  const hints = advice === '' ? [] : [advice];
  if (flow.end?.kind === 'reported' && flow.tokensAsked > 1) hints.push(sayTrading('hint.renewed'));
  if (phase === 'filled' && flow.tookMs !== null) hints.push(sayTrading('hint.filled', { ms: flow.tookMs }));
  if (phase === 'resting' || phase === 'partial' || phase === 'accepted') hints.push(sayTrading(`hint.${phase}`, words));
  if (phase === 'notSent') hints.push(sayTrading(flow.sends === 0 ? 'hint.notSent' : 'hint.refused'));
  // Where the words say what to do, that is not to try again at once.
  if (phase === 'notSent' && advice === '') hints.push(sayTrading('hint.again'));
  if (phase === 'refused' && flow.report?.status) hints.push(sayTrading('hint.placedBefore', words));
  // A spent token means that some order with it may well have been executed.
  if (phase === 'refused' && failureOf(flow)?.code !== 'TRADE_TOKEN_SPENT') hints.push(sayTrading('hint.refused'));
  if (phase === 'unknown') hints.push(sayTrading('hint.unknown', { ...words, why: awayWords(flow, exchange) }));
  return hints.join(' ');
}

function awayWords(flow: Flow, exchange: string): string {
  const why = failureOf(flow);
  const key = `away.${why?.code ?? ''}`;
  return isTradingKey(key) ? sayTrading(key) : why ? sayWhy(why, exchange) : '';
}

/** One or two words for the list of orders. */
export function shortState(flow: Flow): string {
  const key = `state.${phaseOf(flow)}`;
  return sayTrading(isTradingKey(key) ? key : 'state.busy');
}
