// Encrypts private keys with a secret that is not in the database: a dump alone does not allow signing. Knows no table.
import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const IV_BYTES = 12;

/** The key that a ciphertext belongs to. It cannot be decrypted under another name. */
export interface KeyName {
  kid: string;
  purpose: string;
}

/** AES-256-GCM with a key derived from `secret` (HKDF-SHA-256). */
export class KeyEncryption {
  readonly #key: Uint8Array;

  constructor(secret: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'parlance signing keys', 32));
  }

  /** `v1.<iv>.<tag>.<ciphertext>`, each in base64url; the plaintext is PKCS #8 in DER. */
  encrypt(name: KeyName, privateKey: KeyObject): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(belongsTo(name));
    const text = Buffer.concat([cipher.update(privateKey.export({ type: 'pkcs8', format: 'der' })), cipher.final()]);
    return [VERSION, ...[iv, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.');
  }

  /** Returns undefined if `stored` is not encrypted or was changed, or belongs to another name or secret. */
  decrypt(name: KeyName, stored: string): KeyObject | undefined {
    const [version, ...parts] = stored.split('.');
    const [iv, tag, text] = parts.map((part) => Buffer.from(part, 'base64url'));
    if (version !== VERSION || iv?.length !== IV_BYTES || tag?.length !== 16 || !text) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, iv).setAAD(belongsTo(name)).setAuthTag(tag);
      const key = Buffer.concat([decipher.update(text), decipher.final()]);
      return createPrivateKey({ key, type: 'pkcs8', format: 'der' });
    } catch {
      return undefined;
    }
  }
}

const belongsTo = ({ kid, purpose }: KeyName) => Buffer.from(`${purpose} ${kid}`);
