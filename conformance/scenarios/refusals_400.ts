// Off-spec requests, which get 400: body, JSON, query, path. Generated from the schemas of each operation.
import type { Operation } from '../contract.ts';
import { boundary, OFF_PLACE } from '../off_spec.ts';
import { expectProblem, type Provocation, validRequest } from './provoke.ts';

export const BAD_REQUESTS = (operation: Operation): Provocation[] => [
  unknownQuery(operation),
  ...(operation.query.length > 0 ? [badQuery(operation)] : []),
  ...(operation.body ? [badBody(operation), noJson(operation)] : [needlessBody(operation)]),
  ...operation.places.map(({ name }) => badPlace(operation, name)),
  ...operation.headers.map(({ name }) => badHeader(operation, name)),
  ...(operation.id === 'listMessages' ? [bothBounds(operation)] : []),
];

const unknownQuery = (operation: Operation): Provocation => ({
  status: 400,
  name: 'query',
  says: 'to an unknown query parameter.',
  run: async (kit) => {
    const options = await validRequest(operation, kit, true);
    expectProblem(await kit.call(operation.id, { ...options, query: '?unknown=1' }), 'invalid_request', 400, '/query');
  },
});

const badQuery = (operation: Operation): Provocation => ({
  status: 400,
  name: 'parameters',
  says: 'to every query parameter out of bounds.',
  run: async (kit) => {
    const options = await validRequest(operation, kit);
    for (const { name, schema } of operation.query) {
      for (const value of boundary(schema).outside.map(String)) {
        const query = `?${name}=${encodeURIComponent(value)}`;
        const answer = await kit.call(operation.id, { ...options, query });
        expectProblem(answer, 'invalid_request', 400, `/query/${name}`);
      }
    }
  },
});

const badBody = (operation: Operation): Provocation => ({
  status: 400,
  name: 'body',
  says: 'to a body with a property missing, unknown, or of another type.',
  run: async (kit) => {
    const options = await validRequest(operation, kit);
    const refused = async (body: unknown, pointer: string) =>
      expectProblem(await kit.call(operation.id, { ...options, body }), 'invalid_request', 400, pointer);
    await refused({ ...options.body, unknown: 1 }, '/body');
    for (const name of Object.keys(operation.body?.properties ?? {})) {
      const { [name]: _, ...rest } = options.body;
      if (operation.body?.required?.includes(name)) await refused(rest, '/body');
      for (const other of [null, 1, [options.body[name]], {}])
        await refused({ ...rest, [name]: other }, `/body/${name}`);
    }
  },
});

const noJson = (operation: Operation): Provocation => ({
  status: 400,
  name: 'json',
  says: 'to a body that is not JSON.',
  run: async (kit) => {
    const options = await validRequest(operation, kit);
    for (const body of ['{', JSON.stringify(options.body).slice(0, -1), '{"a":1}}', "{'a':1}"]) {
      expectProblem(await kit.call(operation.id, { ...options, body }), 'invalid_json', 400);
    }
  },
});

const needlessBody = (operation: Operation): Provocation => ({
  status: 400,
  name: 'no-body',
  says: 'to a body if the contract declares none.',
  run: async (kit) => {
    const options = await validRequest(operation, kit, true);
    expectProblem(await kit.call(operation.id, { ...options, body: { more: 1 } }), 'invalid_request', 400, '/body');
  },
});

/** The call option that fills the parameter of this name. */
const OPTIONS: Readonly<Record<string, 'room' | 'message' | 'emoji' | 'session' | 'username'>> = {
  roomName: 'room',
  messageId: 'message',
  emoji: 'emoji',
  sessionId: 'session',
  username: 'username',
};

const badPlace = (operation: Operation, name: string): Provocation => {
  const [option, values] = [OPTIONS[name], OFF_PLACE[name]];
  const base = { status: 400, name: `path.${name}`, says: `to an invalid ${name}.` };
  if (!option || !values) return { ...base, skip: 'this kit does not know how to provoke it' };
  return {
    ...base,
    run: async (kit) => {
      const options = await validRequest(operation, kit);
      for (const value of values) {
        const answer = await kit.call(operation.id, { ...options, [option]: value });
        expectProblem(answer, 'invalid_request', 400, `/path/${name}`);
      }
    },
  };
};

const NO_ENTITY_TAGS = ['1', '"x"', '""', 'w/"1"', '"1", "2"', '*, "1"', `"${'1'.repeat(17)}"`, '"-1"', '"1.0"'];

const badHeader = (operation: Operation, name: string): Provocation => ({
  status: 400,
  name: `header.${name}`,
  says: `to an invalid ${name} header.`,
  run: async (kit) => {
    const options = await validRequest(operation, kit);
    for (const value of NO_ENTITY_TAGS) {
      const answer = await kit.call(operation.id, { ...options, headers: { [name]: value } });
      expectProblem(answer, 'invalid_request', 400, '/headers');
    }
  },
});

const bothBounds = (operation: Operation): Provocation => ({
  status: 400,
  name: 'bounds',
  says: 'to before and after together.',
  run: async (kit) => {
    const options = await validRequest(operation, kit);
    const answer = await kit.call(operation.id, { ...options, query: '?before=5&after=1' });
    expectProblem(answer, 'invalid_request', 400, '/query');
  },
});
