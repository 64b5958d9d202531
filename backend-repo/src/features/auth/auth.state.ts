import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SEAL_RANDOM_BYTES, type SecretBox } from '../../domain/secret-box.ts';
import type { AuthRepository, SigningKeyRow } from './auth.repository.ts';

export interface AccessTokenKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The RS256 keys of access tokens: one signs, the retiring ones still verify, and so does the upcoming one. Made at the first start on an empty database. */
export class AuthKeys {
  readonly #repository: AuthRepository;
  readonly #box: SecretBox;
  readonly #randomBytes: (bytes: number) => Buffer;
  readonly #retired: () => void;
  #keys: readonly AccessTokenKey[] = [];
  #jwks: readonly Record<string, unknown>[] = [];

  /** @param retired told when a key is gone: what was verified with it is good no more */
  constructor(repository: AuthRepository, box: SecretBox, randomBytes: (bytes: number) => Buffer, retired: () => void = () => undefined) {
    this.#repository = repository;
    this.#box = box;
    this.#randomBytes = randomBytes;
    this.#retired = retired;
  }

  async start(): Promise<void> {
    await this.refresh();
    if (this.#keys.length > 0) return;
    await this.#repository.insertKey(newAccessTokenKey(this.#box, this.#randomBytes));
    return this.start();
  }

  /** Follows what a rotation did. */
  async refresh(): Promise<void> {
    const rows = await this.#repository.loadKeys();
    if (!rows.some((row) => row.state === 'active')) return;
    // The active one is signed with: it comes first.
    rows.sort((one, other) => one.state.localeCompare(other.state));
    const before = this.#keys;
    this.#keys = rows.map((row) => this.find(row.kid) ?? this.#open(row));
    this.#jwks = rows.map((row) => row.public_jwk);
    if (before.some((key) => !this.#keys.includes(key))) this.#retired();
  }

  get signing(): AccessTokenKey {
    const key = this.#keys[0];
    if (!key) throw new Error('AuthKeys.start() has not run');
    return key;
  }

  find(kid: string): AccessTokenKey | undefined {
    return this.#keys.find((key) => key.kid === kid);
  }

  get jwks(): readonly Record<string, unknown>[] {
    return this.#jwks;
  }

  #open({ kid, private_key_sealed }: SigningKeyRow): AccessTokenKey {
    const pem = this.#box.open(private_key_sealed, contextOf(kid));
    if (pem === null) throw new Error(`The access-token key ${kid} does not open with ENCRYPTION_KEY.`);
    const privateKey = createPrivateKey(pem);
    return { kid, privateKey, publicKey: createPublicKey(privateKey) };
  }
}

export function newAccessTokenKey(box: SecretBox, randomBytes: (bytes: number) => Buffer): Omit<SigningKeyRow, 'state'> {
  const kid = `at_${randomBytes(9).toString('base64url')}`;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    kid,
    private_key_sealed: box.seal(pem, contextOf(kid), randomBytes(SEAL_RANDOM_BYTES)),
    public_jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
  };
}

const contextOf = (kid: string): readonly string[] => ['access-token-key', kid];
