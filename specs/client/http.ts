// HTTP by the contract's types: adds the bearer token, turns every failure into ProblemError or ConnectionError.
// Never retries.
import openapiFetch, { type Client as FetchClient } from 'openapi-fetch';
import type { paths } from '../generated/http.ts';
import { ConnectionError, problemError } from './problem.ts';

export type Http = FetchClient<paths>;

export interface HttpOptions {
  /** Where the server is, e.g. `https://chat.example.org`. In a browser the page's own origin unless given. */
  baseUrl?: string | undefined;
  /** From createAccessToken; without it the browser's session cookie counts. A function is asked for each request. */
  accessToken?: string | (() => string | Promise<string>) | undefined;
  fetch?: typeof globalThis.fetch | undefined;
}

/** The typed fetch client; needs `baseUrl` wherever there is no page. @throws TypeError without one. */
export function openHttp({ baseUrl = globalThis.location?.origin, accessToken, fetch }: HttpOptions): Http {
  if (!baseUrl || !URL.canParse(baseUrl)) throw new TypeError('createClient needs baseUrl, an absolute URL.');
  // A global fetch that is called as a method of something else fails in browsers ("Illegal invocation").
  const http = openapiFetch<paths>({ baseUrl, fetch: (request) => (fetch ?? globalThis.fetch)(request) });
  if (accessToken !== undefined) {
    http.use({
      async onRequest({ request }) {
        const token = typeof accessToken === 'string' ? accessToken : await accessToken();
        if (token) request.headers.set('authorization', `Bearer ${token}`);
        return request;
      },
    });
  }
  return http;
}

/**
 * What a call answered.
 * @throws ProblemError when the server refused, ConnectionError when no whole answer came, the signal's reason when aborted.
 */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    // fetch says TypeError for every failure of the network; SyntaxError is a body that was cut or is not JSON.
    if (!(cause instanceof TypeError || cause instanceof SyntaxError)) throw cause;
    throw new ConnectionError('No answer from the server.', { cause });
  });
  if (!response.ok) throw problemError(response, error);
  return data as T;
}
