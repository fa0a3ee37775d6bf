// The keys that sign room tokens and access tokens (ES256). Created on the first start, stored in the database, rotated
// by admin.ts. Two keys per purpose are live: the newest signs, both verify. Private keys never leave the website: the
// database stores them encrypted with SESSION_SECRET.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { Log } from '@parlance/service/log.ts';
import { StartError } from '@parlance/service/start_error.ts';
import type { components } from '@parlance/specs/internal.ts';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { KeyEncryption } from './key_encryption.ts';

const PURPOSES = ['room', 'access'] as const;
export type Purpose = (typeof PURPOSES)[number];
type Jwk = components['schemas']['Jwk'];

export interface SigningKey {
  kid: string;
  purpose: Purpose;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const LIVE = 2;
const REFETCH_MS = 5_000;

export class SigningKeys {
  #keys: SigningKey[] = [];
  #loadedAt = Number.NEGATIVE_INFINITY;
  #missedAt = Number.NEGATIVE_INFINITY;
  #looking = Promise.resolve();
  readonly #db: Database;
  readonly #encryption: KeyEncryption;
  readonly #log: Log;

  /** @param secret SESSION_SECRET: the same in every replica. */
  constructor(db: Database, secret: string, log: Log) {
    this.#db = db;
    this.#encryption = new KeyEncryption(secret);
    this.#log = log;
  }

  /**
   * Encrypts keys that 0.1.0 stored unencrypted, creates missing keys, and loads the live keys. Keys that another
   * secret encrypted are kept: with that secret they can be decrypted again, until there are two newer keys.
   * @param db has a lock timeout that covers other websites that start at the same time.
   */
  async start(db: Database): Promise<void> {
    await db.transaction().execute(async (tx) => {
      await lockKeys(tx);
      await encryptPlain(tx, this.#encryption);
      const rows = await tx.selectFrom('signing_keys').selectAll().execute();
      for (const purpose of PURPOSES) {
        const have = rows.filter((row) => row.purpose === purpose);
        if (have.some((row) => this.#encryption.decrypt(row, row.private_key))) continue;
        if (have.length > 0) {
          const message =
            'SESSION_SECRET does not decrypt the signing keys: new keys are created, earlier tokens are invalid';
          this.#log.warn({ purpose }, message);
        }
        await addKey(tx, purpose, this.#encryption);
      }
    });
    await this.#load(db);
  }

  /** The key that signs now. */
  async signing(purpose: Purpose): Promise<SigningKey> {
    if (performance.now() - this.#loadedAt > REFETCH_MS) await this.#load();
    return this.#keys.find((key) => key.purpose === purpose)!;
  }

  /** A live key by its id. An unknown id triggers a reload from the database at most once per 5 s. */
  async verifying(purpose: Purpose, kid: string | undefined): Promise<SigningKey | undefined> {
    const find = () => this.#keys.find((key) => key.purpose === purpose && key.kid === kid);
    if (!find()) await this.#lookAgain();
    return find();
  }

  /** Timed separately from other loads: a load just before a rotation must not keep the new key unknown for 5 s. */
  #lookAgain(): Promise<void> {
    if (performance.now() - this.#missedAt < REFETCH_MS) return this.#looking;
    this.#missedAt = performance.now();
    this.#looking = this.#load().catch((error) => {
      this.#missedAt = Number.NEGATIVE_INFINITY;
      throw error;
    });
    return this.#looking;
  }

  /** The public room keys for chat, reloaded from the database. */
  async jwks(): Promise<Jwk[]> {
    await this.#load();
    return this.#keys
      .filter((key) => key.purpose === 'room')
      .map(({ kid, publicKey }) => {
        const { x, y } = publicKey.export({ format: 'jwk' });
        return { kty: 'EC', crv: 'P-256', x: x!, y: y!, kid, use: 'sig', alg: 'ES256' };
      });
  }

  async #load(db = this.#db): Promise<void> {
    // Named columns: a prepared `select *` fails permanently once a migration adds a column.
    const columns = db.selectFrom('signing_keys').select(['kid', 'purpose', 'private_key']);
    const rows = await columns.orderBy('created_at', 'desc').execute();
    const keys = rows.flatMap((row) => {
      const privateKey = this.#encryption.decrypt(row, row.private_key);
      const { kid, purpose } = row;
      return privateKey ? [{ kid, purpose, privateKey, publicKey: createPublicKey(privateKey) }] : [];
    });
    this.#keys = PURPOSES.flatMap((purpose) => keys.filter((key) => key.purpose === purpose).slice(0, LIVE));
    this.#loadedAt = performance.now();
  }
}

/**
 * Creates a new signing key per purpose and deletes the keys that are no longer live. For the rotation command.
 * @param secret the website's SESSION_SECRET. Rejects with a StartError, and changes nothing, when it does not match.
 */
export async function rotateKeys(db: Database, secret: string): Promise<void> {
  const encryption = new KeyEncryption(secret);
  await db.transaction().execute(async (tx) => {
    await lockKeys(tx);
    await encryptPlain(tx, encryption);
    const rows = await tx.selectFrom('signing_keys').selectAll().execute();
    if (rows.length > 0 && !rows.some((row) => encryption.decrypt(row, row.private_key))) {
      throw new StartError('SESSION_SECRET is not the one that the website runs with: nothing was changed.');
    }
    for (const purpose of PURPOSES) await addKey(tx, purpose, encryption);
  });
}

/** Whether a website with this secret can use the keys in the database, or there are none. */
export async function canReadKeys(db: Database, secret: string): Promise<boolean> {
  const encryption = new KeyEncryption(secret);
  const rows = await db.selectFrom('signing_keys').selectAll().execute();
  const isPlain = (stored: string) => stored.startsWith('-----BEGIN');
  return rows.length === 0 || rows.some((row) => isPlain(row.private_key) || encryption.decrypt(row, row.private_key));
}

/** Locks the keys: until the transaction ends, no other transaction creates or changes them. */
const lockKeys = (tx: Database) => sql`select pg_advisory_xact_lock(hashtext('parlance signing keys'))`.execute(tx);

/** Encrypts the keys of 0.1.0, which stored them as PEM. */
async function encryptPlain(tx: Database, encryption: KeyEncryption): Promise<void> {
  const rows = await tx.selectFrom('signing_keys').selectAll().where('private_key', 'like', '-----BEGIN%').execute();
  for (const row of rows) {
    const private_key = encryption.encrypt(row, createPrivateKey(row.private_key));
    await tx.updateTable('signing_keys').set({ private_key }).where('kid', '=', row.kid).execute();
  }
}

/** Creates a key and deletes the keys of its purpose that are no longer live. */
async function addKey(tx: Database, purpose: Purpose, encryption: KeyEncryption): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `${purpose}-${randomBytes(6).toString('base64url')}`;
  const private_key = encryption.encrypt({ kid, purpose }, privateKey);
  await tx.insertInto('signing_keys').values({ kid, purpose, private_key }).execute();
  const live = tx
    .selectFrom('signing_keys')
    .select('kid')
    .where('purpose', '=', purpose)
    .orderBy('created_at', 'desc')
    .limit(LIVE);
  await tx.deleteFrom('signing_keys').where('purpose', '=', purpose).where('kid', 'not in', live).execute();
}
