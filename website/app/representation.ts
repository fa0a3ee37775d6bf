// Sends text in the encoding that the request prefers: brotli, gzip or none. For pages, documents and the files that
// they load, never for an operation of the contract: if an answer contained a token, an email or a message together
// with text that an attacker chose, its compressed length would reveal the secret (BREACH). No page contains both.
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Request, Response } from 'express';
import Negotiator from 'negotiator';

/** Texts below this size in bytes are not compressed: they gain little or grow. */
const MIN_BYTES = 256;
/** The quality of brotli: about as fast as gzip's default and 5 % smaller. 9 takes ten times as long and saves 1 %. */
const QUALITY = 5;
const ENCODERS = {
  br: (body: Buffer) =>
    brotliCompressSync(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
  gzip: (body: Buffer) => gzipSync(body),
};
type Encoding = keyof typeof ENCODERS;
const ENCODINGS = Object.keys(ENCODERS) as Encoding[];

/** A body and its media type. Each encoding is computed on first use and cached. */
export class Representation {
  readonly #type: string;
  readonly #body: Buffer;
  readonly #encoded = new Map<Encoding, Buffer>();
  #hash: string | undefined;

  constructor(type: string, body: string | Uint8Array) {
    this.#type = type;
    this.#body = Buffer.from(body as Uint8Array);
  }

  /** Answers with a response that browsers may cache: with an entity tag per encoding, or 304. */
  sendTagged(request: Request, response: Response): void {
    this.#hash ??= createHash('sha256').update(this.#body).digest('base64url').slice(0, 22);
    const encoding = this.#choose(request, response);
    response.set('ETag', `"${this.#hash}${encoding ? `-${encoding}` : ''}"`);
    if (request.fresh) response.status(304).end();
    else this.#answer(response, encoding);
  }

  /** Answers with a response that is not cached. */
  send(request: Request, response: Response): void {
    this.#answer(response, this.#choose(request, response));
  }

  #choose(request: Request, response: Response): Encoding | undefined {
    if (this.#body.length < MIN_BYTES) return undefined;
    response.vary('Accept-Encoding');
    const liked = new Negotiator(request).encoding([...ENCODINGS, 'identity'], { preferred: ENCODINGS });
    return ENCODINGS.find((one) => one === liked); // `identity` is sent even if the request forbids it
  }

  #answer(response: Response, encoding: Encoding | undefined): void {
    response.type(this.#type);
    if (!encoding) return void response.send(this.#body);
    const body = this.#encoded.get(encoding) ?? ENCODERS[encoding](this.#body);
    this.#encoded.set(encoding, body);
    response.set('Content-Encoding', encoding).send(body);
  }
}
