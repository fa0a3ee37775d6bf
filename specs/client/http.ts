// Typed HTTP: adds the bearer token, turns every failure into ProblemError or ConnectionError.
// Never retries.
import openapiFetch, { type Client as FetchClient } from 'openapi-fetch';
import type { paths } from '../generated/http.ts';
import { ConnectionError, problemError } from './problem.ts';

export type Http = FetchClient<paths>;

export interface HttpOptions {
  /** The URL of the server, e.g. `https://chat.example.org`. In a browser it defaults to the page's own origin. */
  baseUrl?: string | undefined;
  /** From createAccessToken; by default the browser's session cookie is used. A function is called for each request. */
  accessToken?: string | (() => string | Promise<string>) | undefined;
  fetch?: typeof globalThis.fetch | undefined;
}

/** Returns the typed fetch client. Outside a browser `baseUrl` is required. @throws TypeError without one. */
export function openHttp({ baseUrl = globalThis.location?.origin, accessToken, fetch }: HttpOptions): Http {
  if (!baseUrl || !URL.canParse(baseUrl)) throw new TypeError('createClient requires baseUrl, an absolute URL.');
  // Browsers reject a global fetch that is called as a method of another object ("Illegal invocation").
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
 * Resolves with the data of a call.
 * @throws ProblemError if the server refused, ConnectionError if no complete answer came, or the signal's reason.
 */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    // fetch rejects with TypeError for every network failure; SyntaxError is a body that is truncated or not JSON.
    if (!(cause instanceof TypeError || cause instanceof SyntaxError)) throw cause;
    throw new ConnectionError('No answer from the server.', { cause });
  });
  if (!response.ok) throw problemError(response, error);
  return data as T;
}
