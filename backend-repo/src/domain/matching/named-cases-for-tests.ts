/**
 * Named cases, each put to the engine and to the reference venue. A case is a list of steps: a command; a command with the answer that it must get;
 * or a look at the venue (`book 99x1 | 101x2`, `locked 2 USDT 100`, `status halted`). A command without an answer must not be refused,
 * and a refused one must change nothing.
 *
 * An answer says what became of the order and what happened on the way: `4 PARTIAL 1/3; 4 takes 1 of 2 at 100; 7 woken; 5 cancelled SELF_TRADE`.
 */
import { formatAmount } from '../money.ts';
import { type Answer, engineSubject, referenceSubject, type Subject } from './subjects-for-tests.ts';
import type { Command, PlaceCommand } from './commands.ts';
import type { MarketState, Side, UserId } from './types.ts';
import { ANN, BOB, BTCUSDT, CAT, deposit, ETHBTC, ETHUSDT, limit, place, units } from './venue-for-tests.ts';

export type Step = Command | readonly [Command, string] | string;

export interface NamedCase {
  readonly name: string;
  readonly steps: readonly Step[];
  /** What BTCUSDT has otherwise than in the other tests. */
  readonly market?: Partial<MarketState>;
  /** The reference venue would be too slow. */
  readonly onlyEngine?: true;
}

type More = Partial<PlaceCommand>;

export const buy = (userId: UserId, quantity: string, price: string, more: More = {}): PlaceCommand => ({ ...limit(userId, 'BUY', quantity, price), ...more });
export const sell = (userId: UserId, quantity: string, price: string, more: More = {}): PlaceCommand => ({ ...limit(userId, 'SELL', quantity, price), ...more });

export function byAmount(userId: UserId, side: Side, amount: string, more: More = {}): PlaceCommand {
  return place({ userId, side, type: 'MARKET', quantity: null, quoteAmount: units(amount), ...more });
}

export function stop(userId: UserId, side: Side, quantity: string, stopPrice: string, more: More = {}): PlaceCommand {
  return place({ userId, side, type: 'STOP', quantity: units(quantity), stopPrice: units(stopPrice), ...more });
}

export function stopLimit(userId: UserId, side: Side, quantity: string, stopPrice: string, price: string, more: More = {}): PlaceCommand {
  return place({ userId, side, type: 'STOP_LIMIT', quantity: units(quantity), stopPrice: units(stopPrice), price: units(price), ...more });
}

export function oco(userId: UserId, side: Side, quantity: string, price: string, stopPrice: string, more: More = {}): PlaceCommand {
  return place({ userId, side, type: 'OCO', quantity: units(quantity), price: units(price), stopPrice: units(stopPrice), ...more });
}

export function iceberg(userId: UserId, side: Side, quantity: string, displayQuantity: string, price: string, more: More = {}): PlaceCommand {
  return place({ userId, side, type: 'ICEBERG', quantity: units(quantity), displayQuantity: units(displayQuantity), price: units(price), ...more });
}

/** Two orders (ids 1 and 2 when they come first) that make this the last price. */
export function lastPrice(price: string): readonly Step[] {
  return [sell(CAT, '1', price), buy(BOB, '1', price)];
}

const SUBJECTS = { 'the reference venue': referenceSubject, 'the engine': engineSubject };

/** What the steps gave, and what they must give. */
export interface Result {
  readonly answers: readonly string[];
  readonly expected: readonly string[];
}

/** A name and a question for each case and subject: rows for `test.each`. */
export function everyCase(groups: Readonly<Record<string, readonly NamedCase[]>>): (readonly [string, () => Result])[] {
  return Object.entries(SUBJECTS).flatMap(([subject, subjectOf]) =>
    Object.entries(groups).flatMap(([group, cases]) => cases.filter(({ onlyEngine }) => onlyEngine !== true || subjectOf === engineSubject).map((one) => [`${subject}, ${group}: ${one.name}`, () => run(one, subjectOf)] as const)),
  );
}

function run({ steps, market }: NamedCase, subjectOf: (markets: readonly MarketState[]) => Subject): Result {
  const subject = subjectOf([{ ...BTCUSDT, ...market }, ETHUSDT, ETHBTC]);
  for (const userId of [ANN, BOB, CAT]) for (const asset of ['BTC', 'ETH', 'USDT']) subject.apply(deposit(userId, asset, '100000000'));
  const answers = steps.map((step) => take(subject, step));
  const expected = steps.map((step, index) => (typeof step === 'string' ? step : 'kind' in step ? (answers[index] as string).replace(/^refused/, 'not refused') : step[1]));
  return { answers, expected };
}

function take(subject: Subject, step: Step): string {
  if (typeof step === 'string') return look(subject, step);
  if ('kind' in step) return words(subject.apply(step));
  const [command, wanted] = step;
  const before = wanted.startsWith('refused') ? subject.state() : '';
  const answer = words(subject.apply(command));
  const problems = subject.problems();
  if (wanted.startsWith('refused') && subject.state() !== before) problems.push('a refused command changed something');
  return [answer, ...problems].join('; ');
}

function look(subject: Subject, step: string): string {
  const [what, user, asset] = step.split(' ');
  if (what === 'book') return `book ${subject.depth('BTCUSDT').map(levels).join(' | ')}`.trimEnd();
  if (what === 'locked') return `locked ${user} ${asset} ${formatAmount(subject.balance(Number(user), asset as string).locked)}`;
  if (what === 'available') return `available ${user} ${asset} ${formatAmount(subject.balance(Number(user), asset as string).available)}`;
  throw new Error(`not a look: ${step}`);
}

function levels(side: readonly (readonly [bigint, bigint])[]): string {
  return side.length === 0 ? '-' : side.map(([price, quantity]) => `${formatAmount(price)}x${formatAmount(quantity)}`).join(' ');
}

function words({ refusal, order, log, cancelled, ended }: Answer): string {
  if (refusal !== null) return `refused ${refusal}`;
  const own = order === null ? null : `${order.id} ${order.status}${part(order)}${order.reason === null ? '' : ` ${order.reason}`}`;
  const others = cancelled.filter((line) => Number(line.split(' ')[0]) !== order?.id && !ended.includes(Number(line.split(' ')[0])));
  const happened = [own, ended.length > 0 ? `ended ${ended.join(' ')}` : null, ...log.map(inShort), ...others.map((line) => line.replace(' ', ' cancelled '))];
  return happened.filter((line) => line !== null).join('; ') || 'done';
}

function part({ status, filledQuantity, quantity }: NonNullable<Answer['order']>): string {
  return status === 'FILLED' || filledQuantity === 0n ? '' : ` ${formatAmount(filledQuantity)}/${formatAmount(quantity)}`;
}

function inShort(line: string): string {
  const trade = /^(\d+) takes (\d+) of (\d+) at (\d+) /.exec(line);
  return trade ? `${trade[1]} takes ${formatAmount(BigInt(trade[2] as string))} of ${trade[3]} at ${formatAmount(BigInt(trade[4] as string))}` : line;
}
