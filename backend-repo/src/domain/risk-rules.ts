import type { TraderFacts } from './risk/facts.ts';
import type { Finding } from './risk/finding.ts';
import { momentumIgnition } from './risk/momentum-ignition.ts';
import { orderRate } from './risk/order-rate.ts';
import { spoofing } from './risk/spoofing.ts';
import { RISK_THRESHOLDS, type RiskThresholds } from './risk/thresholds.ts';
import { unusualVolume } from './risk/unusual-volume.ts';
import { washTrading } from './risk/wash-trading.ts';

type Rule = (facts: TraderFacts, at: number, thresholds: RiskThresholds) => Finding[];
const RULES: readonly Rule[] = [washTrading, spoofing, momentumIgnition, unusualVolume, orderRate];

/**
 * Everything worth a look about one trader on one market. Each rule passes over the facts a fixed number of times.
 * @param at now, in milliseconds since 1970
 */
export function findRisks(facts: TraderFacts, at: number, thresholds: RiskThresholds = RISK_THRESHOLDS): Finding[] {
  return RULES.flatMap((rule) => rule(facts, at, thresholds));
}
