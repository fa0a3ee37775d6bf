// Binds the internal contract to handlers, directly on node:http. A table that is generated from the contract has the
// operation of a request and the validators of request and answer. By the types, neither an operation without a handler
// nor a handler without an operation compiles. Knows no operation by name. (operations.ts does this for the public API,
// which changes more often and has less load.)
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

/** A request. A handler that waits can watch `response` to detect that the client has disconnected. */
export type InternalCall<O> = Asked<O> & { response: ServerResponse };

/** One function per operationId. It returns the body of the 200; refusals are thrown as Problems. */
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

/** A listener for the operations of the internal contract. It refuses every request without the secret. */
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
      // Checked before everything else, and before a body is read.
      if (!isEqual(request.headers.authorization, authorization)) throw new Problem('not_authenticated');
      const { operation, path, query } = routes.find(request.method!, request.url!);
      name = operation.id;
      if (operation.takesBody) assertJson(request);
      const body = operation.takesBody ? await readJson(request) : undefined;
      const call = { path, query, body, response } as InternalCall<unknown>;
      if (!operation.request(call)) throw fault(operation.request.errors?.[0]);
      if (!operation.takesBody) assertNoBody(request);
      const result = await operation.handle(call);
      if (!operation.answer(result)) throw offSpec(operation, id);
      response.setHeader('X-Request-Id', id);
      sendJson(response, 200, result);
    } catch (error) {
      const problem = asProblem(error, log.child({ requestId: id }));
      metrics.refused('internal', problem.code, error);
      if (!sendProblem(response, problem, id, log)) metrics.offSpecAnswer('internal');
    }
  }

  /** An answer that breaks the contract is never sent: the caller gets internal_error. */
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
