import Joi from 'joi';
import { pattern } from '../../http/order-fields.ts';
import type { PasswordChange, ProfileRequest } from './account-settings.service.ts';
import type { Credentials } from './login.service.ts';

// The `device` of an earlier answer. One that we did not make is taken, and known to no account.
const device = Joi.string().min(16).max(128);
const totp = Joi.string().max(64);
const password = Joi.string().max(128);

export const loginRequest: Joi.ObjectSchema<Credentials & { device?: string }> = Joi.object({ email: Joi.string().max(255).required(), password: password.required(), totp, device }).required();

export const refreshRequest: Joi.ObjectSchema<{ refreshToken?: string; device?: string }> = Joi.object({ refreshToken: Joi.string().max(128), device }).required();

export const logoutRequest: Joi.ObjectSchema<{ all?: boolean }> = Joi.object({ all: Joi.boolean() }).required();

export const changePasswordRequest: Joi.ObjectSchema<PasswordChange> = Joi.object({
  current_password: password.required(),
  new_password: Joi.string().min(12).max(128).required(),
  totp,
}).required();

export const renameSessionRequest: Joi.ObjectSchema<{ name: string | null }> = Joi.object({ name: Joi.string().min(1).max(100).allow(null).required() }).required();

/** No markup can be made of these: what people say of themselves is shown to staff, too. */
export const profileRequest: Joi.ObjectSchema<ProfileRequest> = Joi.object({
  username: pattern(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{1,48}[A-Za-z0-9])$/, '3 to 50 letters, digits, dots, dashes or underscores').allow(null),
  full_name: pattern(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} .,'’-]*$/u, 'letters and digits').max(100).allow(null),
  avatar_url: pattern(/^[^<>"'\s]*$/, 'an https address').max(500).uri({ scheme: ['https'] }).allow(null),
  timezone: pattern(/./, 'a time zone such as Europe/Berlin').max(64).custom((value: string, helpers) => (isTimeZone(value) ? value : helpers.error('string.pattern.base')), 'a time zone'),
}).required();

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
