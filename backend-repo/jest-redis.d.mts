export declare function findRedisServer(): string | null;
export declare function withoutRedis(): string[];
