// Finds the operation of a request in a table, and the parameters in its url. Never validates their values.
import { Problem } from '@parlance/service/problem.ts';

export interface Routed {
  method: string;
  /** A template, such as `/internal/rooms/{roomId}`. */
  path: string;
  /** The query parameters that are integers. */
  integers: readonly string[];
}

export interface Route<T> {
  operation: T;
  path: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
}

interface Resource<T> {
  byMethod: ReadonlyMap<string, T>;
  allow: string;
}

const NONE: Readonly<Record<string, never>> = Object.freeze(Object.create(null));

export class InternalRoutes<T extends Routed> {
  /** Paths without parameters, which take precedence over templates. */
  readonly #fixed = new Map<string, Resource<T>>();
  readonly #templates: { pattern: RegExp; resource: Resource<T> }[] = [];

  constructor(operations: readonly T[]) {
    for (const [path, members] of Map.groupBy(operations, (operation) => operation.path)) {
      const methods = members.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
      const byMethod = new Map(members.map((operation) => [operation.method, operation]));
      const resource = { byMethod, allow: methods.join(', ') };
      if (!path.includes('{')) this.#fixed.set(path, resource);
      else
        this.#templates.push({ pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`), resource });
    }
  }

  /** HEAD finds the operation of GET (RFC 9110). @throws Problem; URIError if the path is not percent-encoded UTF-8. */
  find(method: string, url: string): Route<T> {
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const { resource, values } = this.#resource(path);
    const operation = resource.byMethod.get(method === 'HEAD' ? 'GET' : method);
    if (!operation) throw new Problem('method_not_allowed', undefined, { headers: { Allow: resource.allow } });
    const query = mark < 0 ? NONE : queryOf(url.slice(mark), operation.integers);
    return { operation, path: values ? decoded(values) : NONE, query };
  }

  #resource(path: string): { resource: Resource<T>; values?: Record<string, string> | undefined } {
    const fixed = this.#fixed.get(path);
    if (fixed) return { resource: fixed };
    for (const { pattern, resource } of this.#templates) {
      const match = pattern.exec(path);
      if (match) return { resource, values: match.groups };
    }
    throw new Problem('not_found');
  }
}

function decoded(values: Record<string, string>): Record<string, string> {
  for (const name in values) values[name] = decodeURIComponent(values[name]!);
  return values;
}

/** A value that is not an integer stays a string, and a repeated parameter becomes an array: both fail validation. */
function queryOf(search: string, integers: readonly string[]): Record<string, unknown> {
  const query: Record<string, unknown> = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) {
    const isInteger = integers.includes(name) && /^\d{1,16}$/.test(value);
    query[name] = name in query ? [query[name], value] : isInteger ? Number(value) : value;
  }
  return query;
}
