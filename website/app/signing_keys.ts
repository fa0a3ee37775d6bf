// The keys that sign room tokens and access tokens (ES256). Made on first start, kept in the database, rotated by
// admin.ts. Two keys a purpose are live: the newest signs, both verify. Private halves never leave the website.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { components } from '@parlance/specs/internal.ts';
import { sql } from 'kysely';
import type { Database } from './database.ts';

export type Purpose = 'room' | 'access';
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
  #loadedAt = 0;
  #missedAt = 0;
  #looking = Promise.resolve();
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Makes what is missing and loads the live keys. */
  async start(): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext('parlance signing keys'))`.execute(tx);
      const have = await tx.selectFrom('signing_keys').select('purpose').distinct().execute();
      for (const purpose of ['room', 'access'] as const) {
        if (!have.some((row) => row.purpose === purpose)) await insertKey(tx, purpose);
      }
    });
    await this.#load();
  }

  /** The key that signs now. */
  async signing(purpose: Purpose): Promise<SigningKey> {
    if (Date.now() - this.#loadedAt > REFETCH_MS) await this.#load();
    return this.#keys.find((key) => key.purpose === purpose)!;
  }

  /** A live key by its id; an unknown one makes the website look into the database at most once per 5 s. */
  async verifying(purpose: Purpose, kid: string | undefined): Promise<SigningKey | undefined> {
    const find = () => this.#keys.find((key) => key.purpose === purpose && key.kid === kid);
    if (!find()) await this.#lookAgain();
    return find();
  }

  /** Counted apart from other loads: one just before a rotation must not keep the new key unknown for 5 s. */
  #lookAgain(): Promise<void> {
    if (Date.now() - this.#missedAt < REFETCH_MS) return this.#looking;
    this.#missedAt = Date.now();
    this.#looking = this.#load().catch((error) => {
      this.#missedAt = 0;
      throw error;
    });
    return this.#looking;
  }

  /** The public halves of the room keys, read anew, for chat. */
  async jwks(): Promise<Jwk[]> {
    await this.#load();
    return this.#keys
      .filter((key) => key.purpose === 'room')
      .map(({ kid, publicKey }) => {
        const { x, y } = publicKey.export({ format: 'jwk' });
        return { kty: 'EC', crv: 'P-256', x: x!, y: y!, kid, use: 'sig', alg: 'ES256' };
      });
  }

  async #load(): Promise<void> {
    const rows = await this.#db.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').execute();
    const live = (purpose: Purpose) => rows.filter((row) => row.purpose === purpose).slice(0, LIVE);
    this.#keys = [...live('room'), ...live('access')].map(({ kid, purpose, private_key }) => {
      const privateKey = createPrivateKey(private_key);
      return { kid, purpose, privateKey, publicKey: createPublicKey(privateKey) };
    });
    this.#loadedAt = Date.now();
  }
}

/** Makes a new signing key of each purpose and forgets those that are no longer live. For the rotation command. */
export async function rotateKeys(db: Database): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('parlance signing keys'))`.execute(tx);
    for (const purpose of ['room', 'access'] as const) {
      await insertKey(tx, purpose);
      const live = tx
        .selectFrom('signing_keys')
        .select('kid')
        .where('purpose', '=', purpose)
        .orderBy('created_at', 'desc')
        .limit(LIVE);
      await tx.deleteFrom('signing_keys').where('purpose', '=', purpose).where('kid', 'not in', live).execute();
    }
  });
}

async function insertKey(db: Database, purpose: Purpose): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const kid = `${purpose}-${randomBytes(6).toString('base64url')}`;
  await db.insertInto('signing_keys').values({ kid, purpose, private_key }).execute();
}
