// Binds the internal contract to handlers, straight on node:http: what a request asks for is found in the table that is
// generated from the contract, checked by its validators, answered by the handler of that name, and the answer checked as
// well. The types bind the two: neither an operation without a handler nor a handler without an operation compiles.
// Knows no operation by name. (The public API, which changes more often and is less busy, is operations.ts's.)
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Log, requestId } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { inWords } from '@parlance/service/wording.ts';
import type { operations } from '@parlance/specs/internal.ts';
import { INTERNAL_OPERATIONS } from '@parlance/specs/internal_operations.ts';
import type { Fault, Validate } from '@parlance/specs/validators.js';
import { InternalRoutes, type Routed } from './internal_routes.ts';
import { sendJson } from './json_answer.ts';
import { assertJson, assertNoBody, readJson } from './json_body.ts';
import type { RequestMetrics } from './metrics.ts';
import type { Answer, Asked } from './operations.ts';
import { asProblem, escaped, invalid, sendProblem } from './problems.ts';

/** What was asked; whoever waits may look at the response to see whether anybody still wants the answer. */
export type InternalCall<O> = Asked<O> & { response: ServerResponse };

/** One function an operationId. It returns the body of the 200; refusals are thrown as Problems. */
export type InternalHandlers = {
  [Id in keyof operations]: (call: InternalCall<operations[Id]>) => Promise<Answer<operations[Id]>['body']>;
};

interface Bound extends Routed {
  id: string;
  takesBody: boolean;
  request: Validate<unknown>;
  answer: Validate<unknown>;
  handle: (call: InternalCall<unknown>) => Promise<unknown>;
}

/** A listener that answers the operations of the internal contract, and nothing to those who do not know the secret. */
export function internalOperations(
  handlers: InternalHandlers,
  { secret, metrics, log }: { secret: string; metrics: RequestMetrics; log: Log },
): RequestListener {
  const handlerOf = handlers as unknown as Record<string, Bound['handle']>;
  const bound = Object.entries(INTERNAL_OPERATIONS).map(
    ([id, operation]): Bound => ({ id, ...operation, handle: handlerOf[id]! }),
  );
  const routes = new InternalRoutes(bound);
  const authorization = Buffer.from(`Bearer ${secret}`);

  async function answer(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    let name = 'unknown';
    metrics.watch('internal', response, () => name);
    try {
      // Before anything else is looked at, and before a body is read.
      if (!isEqual(request.headers.authorization, authorization)) throw new Problem('not_authenticated');
      const { operation, path, query } = routes.find(request.method!, request.url!);
      name = operation.id;
      if (operation.takesBody) assertJson(request);
      const body = operation.takesBody ? await readJson(request) : undefined;
      const call = { path, query, body, response } as InternalCall<unknown>;
      if (!operation.request(call)) throw fault(operation.request.errors?.[0]);
      if (!operation.takesBody) assertNoBody(request);
      const told = await operation.handle(call);
      if (!operation.answer(told)) throw offSpec(operation, id);
      response.setHeader('X-Request-Id', id);
      sendJson(response, 200, told);
    } catch (error) {
      const problem = asProblem(error, log.child({ requestId: id }));
      metrics.refused('internal', problem.code, error);
      if (!sendProblem(response, problem, id, log)) metrics.offSpecAnswer('internal');
    }
  }

  /** An answer of ours is never sent when it is not as the contract says: to the caller it is a fault like any other. */
  function offSpec({ id: operation, answer: { errors } }: Bound, id: string): Problem {
    log.error({ operation, errors, requestId: id }, 'an answer was off-spec');
    metrics.offSpecAnswer('internal');
    return new Problem('internal_error');
  }

  return (request, response) => void answer(request, response, requestId(request.headers, true));
}

/** The first fault of a request; not all of them: a large body may have millions. */
function fault({ instancePath = '', message = 'is off-spec', params }: Partial<Fault> = {}): Problem {
  const name = params?.missingProperty ?? params?.additionalProperty;
  const pointer = name === undefined ? instancePath : `${instancePath}/${escaped(String(name))}`;
  return invalid(pointer, inWords(message));
}

function isEqual(given = '', expected: Buffer): boolean {
  const bytes = Buffer.from(given);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
