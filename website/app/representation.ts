// Answers text in the encoding that the request likes best: brotli, gzip or as it is. For pages, documents and the files
// that they load, never for an operation of the contract: an answer that has a token, an email or a message beside text
// of somebody else's choice would tell by its compressed length what it has (BREACH). No page has such a pair.
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Request, Response } from 'express';
import Negotiator from 'negotiator';

/** A shorter text gains little or grows. In bytes. */
const MIN_BYTES = 256;
/** Of brotli: about as fast as gzip's default and 5 % smaller. 9 takes ten times as long and saves 1 %. */
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

/** A body and its media type; each encoding of it is made when it is first asked for, and kept. */
export class Representation {
  readonly #type: string;
  readonly #body: Buffer;
  readonly #encoded = new Map<Encoding, Buffer>();
  #hash: string | undefined;

  constructor(type: string, body: string | Uint8Array) {
    this.#type = type;
    this.#body = Buffer.from(body as Uint8Array);
  }

  /** Answers a request for something that browsers may keep: with an entity tag of its own for each encoding, or 304. */
  sendTagged(request: Request, response: Response): void {
    this.#hash ??= createHash('sha256').update(this.#body).digest('base64url').slice(0, 22);
    const encoding = this.#choose(request, response);
    response.set('ETag', `"${this.#hash}${encoding ? `-${encoding}` : ''}"`);
    if (request.fresh) response.status(304).end();
    else this.#answer(response, encoding);
  }

  /** Answers a request for something that nobody keeps. */
  send(request: Request, response: Response): void {
    this.#answer(response, this.#choose(request, response));
  }

  #choose(request: Request, response: Response): Encoding | undefined {
    if (this.#body.length < MIN_BYTES) return undefined;
    response.vary('Accept-Encoding');
    const liked = new Negotiator(request).encoding([...ENCODINGS, 'identity'], { preferred: ENCODINGS });
    return ENCODINGS.find((one) => one === liked); // whoever forbids even `identity` gets it all the same
  }

  #answer(response: Response, encoding: Encoding | undefined): void {
    response.type(this.#type);
    if (!encoding) return void response.send(this.#body);
    const body = this.#encoded.get(encoding) ?? ENCODERS[encoding](this.#body);
    this.#encoded.set(encoding, body);
    response.set('Content-Encoding', encoding).send(body);
  }
}
