import { pino, type Logger } from 'pino';

export type { Logger };

/** Names under which a secret travels. What stands under one of them never reaches a log, however deep. */
const SECRET_NAMES = [
  'authorization', 'cookie', 'password', 'token', 'tradeToken', 'userToken', 'sessionToken', 'venueToken', 'accessToken', 'refreshToken',
  'secret', 'apiSecret', 'sessionSecret', 'signature', 'x-api-signature', 'x-trade-token', 'privateKey', 'encryptionKey', 'jwtSecret',
];

const wildcard = (name: string): string[] => {
  const quoted = name.includes('-') ? `["${name}"]` : `.${name}`;
  const top = name.includes('-') ? `["${name}"]` : name;
  return [top, `*${quoted}`, `*.*${quoted}`];
};

/** JSON lines on standard output. Errors are written with their cause; answers never carry them (style.md 8). */
export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_NAMES.flatMap(wildcard), censor: '[redacted]' },
    serializers: { error: pino.stdSerializers.errWithCause },
  };
  return destination ? pino(options, destination) : pino(options);
}
