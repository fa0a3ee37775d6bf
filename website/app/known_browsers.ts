// Browsers that have logged in to an account before. Each has a cookie with a random name and, for each account, a MAC
// that only this server can compute. The cookie survives log-out, identifies no account, contains no secret and grants
// no access: it gives the browser a separate counter of wrong passwords, which strangers cannot fill.
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { LIMITS } from '@parlance/specs/limits.ts';
import { nameKey } from '@parlance/specs/names.ts';
import type { Request, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';

/** Maximum accounts per browser; the least recently used one is evicted. */
const ACCOUNTS = 4;
/** `name.until.mac.until.mac…`; until: seconds since 1970 in base 36. */
const FORM = /^[A-Za-z0-9_-]{22}(?:\.[0-9a-z]{1,8}\.[A-Za-z0-9_-]{22}){1,4}$/;

interface Tag {
  until: string;
  mac: string;
}

export class KnownBrowsers {
  readonly #key: Buffer;
  readonly #cookie: string;
  readonly #secure: boolean;
  readonly #toSet = new WeakMap<Response, string>();

  /** @param secret SESSION_SECRET; the key is derived from it for this purpose only */
  constructor(secret: string, secure: boolean) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'parlance known browsers', 32));
    this.#cookie = secure ? '__Host-parlance_browser' : 'parlance_browser';
    this.#secure = secure;
  }

  /** Mounted before express-session: then the session's cookie is the first of the two. */
  readonly setCookies: RequestHandler = (_req, res, next) => {
    onHeaders(res, () => {
      const value = this.#toSet.get(res);
      if (value === undefined || res.statusCode >= 400) return;
      const maxAge = LIMITS.knownSeconds * 1_000;
      res.cookie(this.#cookie, value, { path: '/', httpOnly: true, sameSite: 'lax', secure: this.#secure, maxAge });
    });
    next();
  };

  /** The name of the browser that sent the request, if it has logged in to the account within LIMITS.knownSeconds. */
  nameOf(request: Request, email: string, now = Date.now()): string | undefined {
    const { name, tags } = this.#read(request);
    const fits = ({ until, mac }: Tag) =>
      Number.parseInt(until, 36) * 1_000 > now && timingSafeEqual(Buffer.from(mac), this.#mac(name, until, email));
    return tags.some(fits) ? name : undefined;
  }

  /** Marks the browser that gets the response as known for this account. */
  remember(request: Request, response: Response, email: string, now = Date.now()): void {
    const { name, tags } = this.#read(request);
    const until = Math.floor(now / 1_000 + LIMITS.knownSeconds).toString(36);
    const others = tags.filter((tag) => !timingSafeEqual(Buffer.from(tag.mac), this.#mac(name, tag.until, email)));
    const all = [{ until, mac: this.#mac(name, until, email).toString() }, ...others].slice(0, ACCOUNTS);
    this.#toSet.set(response, [name, ...all.flatMap((tag) => [tag.until, tag.mac])].join('.'));
  }

  #read(request: Request): { name: string; tags: Tag[] } {
    const value = request.headers.cookie?.match(new RegExp(`(?:^|; ?)${this.#cookie}=([^;]*)`))?.[1] ?? '';
    if (!FORM.test(value)) return { name: randomBytes(16).toString('base64url'), tags: [] };
    const [name = '', ...rest] = value.split('.');
    const tags = rest.flatMap((until, at) => (at % 2 === 0 ? [{ until, mac: rest[at + 1]! }] : []));
    return { name, tags };
  }

  #mac(name: string, until: string, email: string): Buffer {
    const mac = createHmac('sha256', this.#key)
      .update(`${name}.${until}.${nameKey(email)}`)
      .digest();
    return Buffer.from(mac.subarray(0, 16).toString('base64url'));
  }
}
