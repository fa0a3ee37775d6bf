// Binds the public contract to handlers: one function per operationId, typed by the contract and mounted from it. So
// every route is in the contract, and every operation has a handler. Knows no operation by name.
// (internal_operations.ts does this for the internal contract.)

import { Problem } from '@parlance/service/problem.ts';
import { isEmoji } from '@parlance/specs/emoji.ts';
import type { Express, Request, RequestHandler, Response } from 'express';
import { middleware as openApi } from 'express-openapi-validator';
import { announceEndings, type Ending } from './deprecation.ts';
import { assertNoBody } from './json_body.ts';

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Parameters<O, In extends string> = O extends { parameters: { [K in In]?: infer P } } ? NonNullable<P> : never;

/** The successful answers that the contract allows a handler. Refusals are thrown as Problems. */
export type Answer<O> = O extends { responses: infer R }
  ? {
      [S in keyof R & (200 | 201 | 202 | 204)]: { status: S; headers?: Record<string, string> } & (Json<
        R[S]
      > extends undefined
        ? object
        : { body: Json<R[S]> });
    }[keyof R & (200 | 201 | 202 | 204)]
  : never;

/** The parameters and the body of a request, typed by the contract. */
export interface Asked<O> {
  path: Parameters<O, 'path'>;
  query: Parameters<O, 'query'>;
  body: O extends { requestBody: infer B } ? Json<B> : undefined;
}

export interface Call<O> extends Asked<O> {
  request: Request;
  response: Response;
}

export type Handlers<Operations> = {
  [Id in keyof Operations]: (call: Call<Operations[Id]>) => Promise<Answer<Operations[Id]>>;
};

interface OperationObject extends Ending {
  operationId?: string;
  parameters?: unknown[];
  requestBody?: unknown;
}

export interface Contract {
  servers?: { url: string }[];
  paths: Record<string, Record<string, OperationObject>>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/**
 * Checks requests, security and answers against `contract` and routes valid requests to `handlers`. Bodies must be
 * parsed already. @param security by the name of the scheme: whether the request has valid credentials of this scheme.
 */
export function mountContract<Operations>(
  app: Express,
  contract: Contract,
  handlers: Handlers<Operations>,
  security: Record<string, (request: Request) => boolean>,
): void {
  const base = (contract.servers?.[0]?.url ?? '/').replace(/\/$/, '');
  announceEndings(app, base, contract.paths);
  // The validator ignores a slash at the end; no path of a contract has one.
  app.use((req, _res, next) => next(req.path.endsWith('/') ? new Problem('not_found') : undefined));
  app.use(strictIntegers(contract));
  app.use(
    openApi({
      apiSpec: structuredClone(contract) as never,
      validateApiSpec: true,
      validateRequests: { allowUnknownQueryParameters: false, allErrors: true },
      validateResponses: true,
      validateSecurity: { handlers: security as never },
      formats: { 'rgi-emoji': { type: 'string', validate: isEmoji } },
    }),
  );
  const unbound = new Map(Object.entries(handlers as Record<string, (call: Call<unknown>) => Promise<unknown>>));
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const method of METHODS) {
      const { operationId: id, requestBody } = item[method] ?? {};
      if (!id) continue;
      const handler = unbound.get(id);
      if (!handler) throw new Error(`The contract's operation ${id} has no handler.`);
      unbound.delete(id);
      app[method](base + path.replaceAll(/\{(\w+)\}/g, ':$1'), (request, response, next) => {
        // The validator ignores the body of an operation that has none in the contract.
        if (requestBody === undefined) assertNoBody(request);
        const call = { path: request.params, query: request.query, body: request.body, request, response };
        handler(call as unknown as Call<unknown>)
          .then((answer) => send(response, answer as Answered))
          .catch(next);
      });
    }
  }
  app.use((_request, _response, next) => next(new Problem('not_found')));
  if (unbound.size > 0) throw new Error(`The contract does not know the handlers ${[...unbound.keys()].join(', ')}.`);
}

/** @returns a function that names the operation that the validator found, or else `page` or `unknown`. */
export function operationOf(request: Request): () => string {
  // Read now: Express changes the url while it routes.
  const other = request.url.startsWith('/api/') ? 'unknown' : 'page';
  return () => {
    const { openapi } = request as { openapi?: { schema?: { operationId?: string } } };
    return openapi?.schema?.operationId ?? other;
  };
}

interface Answered {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The only place that sends successful answers: through res.json, whose output the validator checks. */
function send(response: Response, { status, headers, body }: Answered): void {
  // Never answer 304: the ETag of a message identifies the revision of its text, not the representation.
  Object.defineProperty(response.req, 'fresh', { value: false });
  response.status(status).set({ 'Cache-Control': 'no-store', ...headers });
  if (body === undefined) response.end();
  else response.json(body);
}

/** Accepts only digits: the validator's coercion accepts `1e3`, `0x10`, ` 5` and fails at 400 digits; 2^53 has 16. */
function strictIntegers(contract: Contract): RequestHandler {
  const names = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const {
      in: where,
      name,
      schema,
    } = value as { in?: string; name?: string; schema?: { type?: string; $ref?: string } };
    if (where === 'query' && (schema?.type === 'integer' || schema?.$ref?.endsWith('/Seq'))) names.add(name!);
    for (const child of Object.values(value)) collect(child);
  };
  collect(contract);
  return (req, _res, next) => {
    const query = new URLSearchParams(req.url.split('?', 2)[1] ?? '');
    const errors = [...query]
      .filter(([name, value]) => names.has(name) && !/^\d{1,16}$/.test(value))
      .map(([name]) => ({ pointer: `/query/${name}`, detail: 'must be an integer below 2^53, digits only' }));
    next(errors.length > 0 ? new Problem('invalid_request', undefined, { errors }) : undefined);
  };
}
