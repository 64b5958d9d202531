import Joi from 'joi';

/** Whether they are times, and times in that order, is the service's to say: so both are named when both are wrong. */
export const feesQuery: Joi.ObjectSchema<{ from: string; to: string }> = Joi.object({
  from: Joi.string().required(),
  to: Joi.string().required(),
}).required();
