import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { fromDatabase } from '../db/pg-error.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { pathForLog } from './request-context.ts';

/** What express and body-parser throw, by their `type`. */
const FRAMEWORK_ERRORS: Record<string, ErrorCode> = {
  'entity.parse.failed': 'INVALID_JSON',
  'entity.too.large': 'PAYLOAD_TOO_LARGE',
  'encoding.unsupported': 'UNSUPPORTED_MEDIA_TYPE',
  'charset.unsupported': 'UNSUPPORTED_MEDIA_TYPE',
  'request.aborted': 'VALIDATION_ERROR',
  'request.size.invalid': 'VALIDATION_ERROR',
};

/** The one place that answers an error: spec/4's envelope, or RFC 9457 for a client that asks for it, with the same code. */
export function errorHandler(logger: Logger, onRefusal: (req: Request, error: AppError) => void): ErrorRequestHandler {
  return (thrown: unknown, req, res, _next) => {
    const error = toAppError(thrown);
    onRefusal(req, error);
    if (error.status >= 500) logger.error({ request_id: req.id, code: error.code, method: req.method, path: pathForLog(req), error: thrown }, error.message);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    sendError(req, res, error);
  };
}

function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const type = (thrown as { type?: unknown } | null)?.type;
  const known = typeof type === 'string' ? FRAMEWORK_ERRORS[type] : undefined;
  if (known) return new AppError(known, { cause: thrown });
  // http-errors marks what may be told to the caller; whatever else body-parser finds wrong with a body is the caller's.
  const { expose, status } = (thrown ?? {}) as { expose?: unknown; status?: unknown };
  if (expose === true && typeof status === 'number' && status < 500) return new AppError('VALIDATION_ERROR', { cause: thrown, fields: { body: 'Could not be read.' } });
  // A percent sign that decodes to nothing: express throws URIError with status 400 while matching.
  if (thrown instanceof URIError) return new AppError('VALIDATION_ERROR', { cause: thrown, fields: { path: 'Is not percent-encoded UTF-8.' } });
  return fromDatabase(thrown) ?? new AppError('INTERNAL_ERROR', { cause: thrown });
}

export function sendError(req: Request, res: Response, error: AppError): void {
  const extra = {
    ...(error.fields && { fields: error.fields }),
    ...(error.details && { details: error.details }),
    ...(error.retryAfter !== undefined && { retry_after: error.retryAfter }),
  };
  if (error.retryAfter !== undefined) res.setHeader('Retry-After', String(error.retryAfter));
  res.setHeader('Cache-Control', 'no-store');
  res.status(error.status);
  if (req.get('accept')?.includes('application/problem+json')) {
    const problem = { type: `urn:error:${error.code}`, title: error.code, status: error.status, detail: error.message, code: error.code, request_id: req.id, ...extra };
    res.type('application/problem+json').send(JSON.stringify(problem));
    return;
  }
  res.json({ success: false, error: { code: error.code, message: error.message, request_id: req.id, ...extra } });
}

export const notFound: RequestHandler = () => {
  throw new AppError('NOT_FOUND');
};
