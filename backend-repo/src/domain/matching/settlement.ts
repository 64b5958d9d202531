import { feeOf } from '../fee.ts';
import type { Ledger, Posting } from './ledger.ts';
import { lockedFor, notionalOfSteps, type LiveOrder, paysFrom } from './live-order.ts';
import type { Trade, TradeId } from './types.ts';

/**
 * Settles one fill: both sides pay each other, then each pays its fee out of what it received (rounded up, design 5.4) to the house. The
 * maker's part comes out of its hold. What the taker pays comes out of its available balance, of which the engine has made sure.
 */
export function settle(ledger: Ledger, taker: LiveOrder, maker: LiveOrder, lots: number, id: TradeId, time: number): Trade {
  const { market } = maker;
  const takerBuys = taker.side === 'BUY';
  const buyer = takerBuys ? taker : maker;
  const seller = takerBuys ? maker : taker;
  const quantity = BigInt(lots) * market.lot;
  const notional = notionalOfSteps(market, maker.ticks, lots);
  const buyerFee = feeOf(quantity, takerBuys ? buyer.account.takerRate : buyer.account.makerRate);
  const sellerFee = feeOf(notional, takerBuys ? seller.account.makerRate : seller.account.takerRate);

  ledger.release(paysFrom(maker), takerBuys ? quantity : notional);
  const moved: Posting = { cause: 'TRADE', tradeId: id, reference: null, time };
  ledger.post(seller.base, buyer.base, quantity, moved);
  ledger.post(buyer.quote, seller.quote, notional, moved);
  const charged: Posting = { cause: 'FEE', tradeId: id, reference: null, time };
  ledger.post(buyer.base, market.houseBase, buyerFee, charged);
  ledger.post(seller.quote, market.houseQuote, sellerFee, charged);

  recordFill(buyer, lots, notional, buyerFee, time);
  recordFill(seller, lots, notional, sellerFee, time);
  return {
    id,
    symbol: market.symbol,
    price: BigInt(maker.ticks) * market.tick,
    quantity,
    notional,
    buyerOrderId: buyer.id,
    sellerOrderId: seller.id,
    buyerId: buyer.account.userId,
    sellerId: seller.account.userId,
    buyerFee,
    sellerFee,
    takerSide: taker.side,
    executedAt: time,
  };
}

/** Ends what is open of an order and gives its hold back. The order has left the book's queue already. */
export function releaseHold(ledger: Ledger, order: LiveOrder): void {
  const held = lockedFor(order);
  order.slot = -1;
  if (held > 0n) ledger.release(paysFrom(order), held);
}

function recordFill(order: LiveOrder, lots: number, notional: bigint, fee: bigint, time: number): void {
  order.openLots -= lots;
  order.filledNotional += notional;
  order.fee += fee;
  order.status = order.openLots === 0 ? 'FILLED' : 'PARTIAL';
  order.updatedAt = time;
  if (order.openLots === 0) order.slot = -1;
}
