import Joi from 'joi';
import { linkToken } from '../../http/order-fields.ts';

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly captcha: string;
}

const email = Joi.string().email({ tlds: false }).max(255);
/** How good it is, the service says. */
const password = Joi.string().max(512);
const captcha = Joi.string().base64().max(4096);

export const registerRequest: Joi.ObjectSchema<SignUp> = Joi.object({
  email: email.required(),
  password: password.required(),
  captcha: captcha.required(),
}).required();

export const verifyEmailRequest: Joi.ObjectSchema<{ token: string }> = Joi.object({ token: linkToken.required() }).required();

export interface Reset {
  readonly email?: string;
  readonly captcha?: string;
  readonly token?: string;
  readonly new_password?: string;
}

/** Either asks for a link, or uses one. */
export const resetPasswordRequest: Joi.ObjectSchema<Reset> = Joi.object({ email, captcha, token: linkToken, new_password: password })
  .xor('email', 'token')
  .and('token', 'new_password')
  .without('token', 'captcha')
  .required();
