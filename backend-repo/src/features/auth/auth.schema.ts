import Joi from 'joi';

export interface Registration {
  email: string;
  password: string;
}

// spec/4 asks for password strength: length is what resists guessing, so 12 characters and no composition rules (ASVS 6.2.5).
export const registerRequest: Joi.ObjectSchema<Registration> = Joi.object({
  email: Joi.string().email({ tlds: false }).max(255).required(),
  password: Joi.string().min(12).max(128).required(),
}).required();
