import Joi from 'joi';

export interface PasswordAgain {
  password: string;
}

export interface Code {
  code: string;
}

const password = Joi.string().max(128).required();
// Six digits, or a backup code, as people type and paste them.
const code = Joi.string().max(40).required();

export const enableRequest: Joi.ObjectSchema<PasswordAgain> = Joi.object({ password }).required();
export const verifyRequest: Joi.ObjectSchema<Code> = Joi.object({ code }).required();
export const disableRequest: Joi.ObjectSchema<PasswordAgain & Code> = Joi.object({ password, code }).required();
