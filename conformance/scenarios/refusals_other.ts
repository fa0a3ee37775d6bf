// Refusals for missing credentials and foreign origins, for missing resources, and for the form of a request.
import { LIMITS } from '@parlance/specs/limits.ts';
import { isInRoom, OPERATIONS, type Operation } from '../contract.ts';
import { expect } from '../row.ts';
import { expectProblem, type Provocation, riskedSession, validRequest } from './provoke.ts';

export const unauthenticated = (operation: Operation): Provocation[] => [
  {
    status: 401,
    says: 'without a session, and to invalid tokens.',
    run: async (kit) => {
      const { as: _, ...options } = await validRequest(operation, kit);
      const { token } = await kit.roomToken(kit.cast.ann, (await kit.room()).name);
      const [head, , signature] = kit.cast.ann.token.split('.');
      const forged = `${head}.${Buffer.from('{"sub":"1"}').toString('base64url')}.${signature}`;
      const shown = [
        {},
        { authorization: 'Bearer nonsense' },
        { authorization: `Bearer ${token}` },
        { authorization: `Bearer ${forged}` },
      ];
      for (const headers of shown) {
        expectProblem(await kit.call(operation.id, { ...options, headers }), 'not_authenticated', 401);
      }
    },
  },
];

export const byOrigin = (operation: Operation): Provocation[] => [
  {
    status: 403,
    name: 'origin',
    says: "with bad_origin to a cookie sent by another site's page.",
    ...(operation.method === 'GET' ? { skip: 'a request that changes nothing is not refused for its origin' } : {}),
    run: async (kit) => {
      const options = await validRequest(operation, kit);
      const ofAnn = () => kit.shared('cookie', () => kit.session('cookie', kit.cast.ann));
      const as = (await riskedSession(operation, kit, 'cookie')) ?? (await ofAnn());
      const headers = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
      expectProblem(await kit.call(operation.id, { ...options, as, headers }), 'bad_origin', 403);
    },
  },
];

export const missing = (operation: Operation): Provocation[] => [
  isInRoom(operation)
    ? {
        status: 404,
        says: 'to a room that does not exist.',
        run: async (kit) => {
          const options = await validRequest(operation, kit);
          expectProblem(await kit.call(operation.id, { ...options, room: kit.name() }), 'room_not_found', 404);
        },
      }
    : {
        status: 404,
        says: 'at a path that does not exist.',
        run: async (kit) => {
          const options = await validRequest(operation, kit);
          const path = `${operation.path.replace(/\w$/, '')}nowhere`;
          expectProblem(await kit.call(operation.id, { ...options, path }), 'not_found', 404);
        },
      },
];

export const wrongMethod = (operation: Operation): Provocation[] => [
  {
    status: 405,
    says: 'to methods that its path does not have, and lists those that it has.',
    run: async (kit) => {
      const { body: _, ...options } = await validRequest(operation, kit);
      const declared = OPERATIONS.filter(({ path }) => path === operation.path).map(({ method }) => method);
      for (const method of ['GET', 'PUT', 'PATCH', 'POST', 'DELETE'].filter((one) => !declared.includes(one))) {
        const answer = await kit.call(operation.id, { ...options, method });
        expectProblem(answer, 'method_not_allowed', 405);
        const allowed = String(answer.headers.allow ?? '')
          .split(/, */)
          .filter((one) => !['HEAD', 'OPTIONS'].includes(one));
        if (answer.headers.allow !== undefined) {
          expect(
            allowed.sort().join() === declared.sort().join(),
            `Allow: ${declared.join(', ')}`,
            answer.headers.allow,
          );
        }
      }
    },
  },
];

export const oversized = (operation: Operation): Provocation[] => [
  {
    status: 413,
    says: 'to a body larger than the limit.',
    ...(operation.body ? {} : { skip: 'it takes no body' }),
    run: async (kit) => {
      const options = await validRequest(operation, kit);
      const body = JSON.stringify(options.body).padEnd(LIMITS.bodyMax + 1);
      expectProblem(await kit.call(operation.id, { ...options, body }), 'body_too_large', 413);
    },
  },
  {
    status: 431,
    says: 'to a header that is too large.',
    run: async (kit) => {
      const options = await validRequest(operation, kit);
      const headers = { 'x-much': 'm'.repeat(40_000) };
      expectProblem(await kit.call(operation.id, { ...options, headers }), 'headers_too_large', 431);
    },
  },
];

export const wrongType = (operation: Operation): Provocation[] => [
  {
    status: 415,
    says: 'to a body of another media type.',
    ...(operation.body ? {} : { skip: 'it takes no body' }),
    run: async (kit) => {
      const options = await validRequest(operation, kit);
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
        const answer = await kit.call(operation.id, { ...options, headers: { 'content-type': type } });
        expectProblem(answer, 'unsupported_media_type', 415);
      }
    },
  },
];
