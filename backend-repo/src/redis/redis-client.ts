import { createClient, defineScript, type CommandParser } from 'redis';
import { RESERVE_LABEL_TOKEN, RESERVE_OPEN_TOKEN, TAKE_OF_LIMITS } from './scripts.ts';

/** A connection that takes longer to be made is given up. */
export const REDIS_CONNECT_MS = 1_000;
/** More than this wait only when Redis has stopped answering. */
const COMMANDS_WAITING_MAX = 10_000;

function script<T>(text: string) {
  return defineScript({
    SCRIPT: text,
    parseCommand: (parser: CommandParser, keys: string[], args: string[]) => {
      parser.pushKeysLength(keys);
      parser.push(...args);
    },
    transformReply: (reply: unknown) => reply as T,
  });
}

/** One connection. It never connects again by itself, so that whoever holds it knows when it is gone. */
export function openRedis(url: string) {
  return createClient({
    url,
    RESP: 2,
    socket: { connectTimeout: REDIS_CONNECT_MS, reconnectStrategy: false },
    disableOfflineQueue: true,
    commandsQueueMaxLength: COMMANDS_WAITING_MAX,
    maintNotifications: 'disabled',
    scripts: { takeOfLimits: script<number[]>(TAKE_OF_LIMITS), reserveOpenToken: script<number>(RESERVE_OPEN_TOKEN), reserveLabelToken: script<number>(RESERVE_LABEL_TOKEN) },
  });
}

export type RedisConnection = ReturnType<typeof openRedis>;
