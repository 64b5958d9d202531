import Joi from 'joi';
import { pattern } from './order-fields.ts';

/** Why a member of staff wants to see a person's data. */
export const readReason = pattern(/^\P{Cc}*$/u, 'text without control characters').trim().min(10).max(200);

/** A list takes a reason, and asks for one where a filter names one person. @param filters by which value each names a person */
export const reasonWhere = (filters: Readonly<Record<string, Joi.Schema>>): Joi.StringSchema =>
  Object.entries(filters).reduce((schema, [filter, names]) => schema.when(filter, { is: names.required(), then: Joi.required() }), readReason);
