// Announces the end of operations that the contract marks as deprecated, by response headers: Deprecation (RFC 9745) and
// Sunset (RFC 8594). Refused requests get them too, and pages of other origins can read them. Never refuses a request itself.
import type { Express } from 'express';

/** Where the reader of the headers finds what they mean. */
const GUIDE = '</docs/versions#deprecation>; rel="deprecation"; type="text/html"';

export interface Ending {
  deprecated?: boolean;
  /** The day from which the operation is deprecated, `YYYY-MM-DD`. */
  'x-deprecated-since'?: string;
  /** The first day on which the operation may be gone, `YYYY-MM-DD`. */
  'x-sunset'?: string;
}

type Methods = Record<string, Ending>;

/**
 * Adds the headers to the deprecated operations of a contract. Mount it before everything that can refuse a request.
 * @throws Error if an operation is deprecated without its two days, or has a day without being deprecated.
 */
export function announceEndings(app: Express, base: string, paths: Record<string, Methods>): void {
  for (const [path, item] of Object.entries(paths)) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      const { deprecated = false, 'x-deprecated-since': since, 'x-sunset': sunset } = item[method] ?? {};
      if (!deprecated && since === undefined && sunset === undefined) continue;
      if (!deprecated || since === undefined || sunset === undefined) {
        throw new Error(
          `${method} ${path}: deprecated, x-deprecated-since and x-sunset are given together or not at all`,
        );
      }
      const headers = {
        Deprecation: `@${startOf(since).getTime() / 1_000}`,
        Sunset: startOf(sunset).toUTCString(),
        Link: GUIDE,
      };
      app[method](base + path.replaceAll(/\{(\w+)\}/g, ':$1'), (_request, response, next) => {
        response.set(headers).append('Access-Control-Expose-Headers', Object.keys(headers).join(', '));
        next();
      });
    }
  }
}

/** The first moment of a day in UTC. */
function startOf(day: string): Date {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) throw new Error(`${day} is not a day`);
  return date;
}
