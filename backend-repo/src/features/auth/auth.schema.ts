import Joi from 'joi';

export interface NewPerson {
  email: string;
  password: string;
}

/** Somebody whom we make ourselves. */
export const newPerson: Joi.ObjectSchema<NewPerson> = Joi.object({
  email: Joi.string().email({ tlds: false }).max(255).required(),
  password: Joi.string().max(512).required(),
}).required();
