import Joi from 'joi';

/** Whether they are times, and times in that order, is the service's to say: so both are named when both are wrong. */
export const feesQuery: Joi.ObjectSchema<{ from: string; to: string }> = Joi.object({
  from: Joi.string().required(),
  to: Joi.string().required(),
}).required();

const TIME = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const YEAR_10000 = Date.UTC(10_000, 0, 1);

/**
 * A moment as RFC 3339 writes it, with its zone: milliseconds since 1970, what is finer cut off. `null` for any other text, for a day that is in no
 * calendar, and for what lies before 1970 or, once it is in UTC, after 9999.
 */
export function parseTime(text: string): number | null {
  const parts = TIME.exec(text);
  if (!parts) return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  // Date.parse makes 2 March of 30 February.
  const date = new Date(Date.UTC(year, month - 1, day));
  if (month < 1 || month > 12 || date.getUTCDate() !== day || day === 0) return null;
  const moment = Date.parse(text);
  return moment >= 0 && moment < YEAR_10000 ? moment : null;
}
