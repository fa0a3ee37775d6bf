// Deprecated operations of a planted contract: the headers that announce their end, and contracts that announce it badly.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { listen } from '@parlance/service/listen.ts';
import express, { type NextFunction, type Request, type Response } from 'express';
import { PAGES } from '../app/docs/pages.ts';
import { httpReference } from '../app/docs/reference.ts';
import { markdownOf } from '../app/docs/render.ts';
import { type Contract, mountContract } from '../app/operations.ts';

const operation = (operationId: string, more: object = {}) => ({
  operationId,
  responses: { 204: { description: 'Done.' } },
  ...more,
});

const planted = (ending: object): Contract =>
  ({
    openapi: '3.1.0',
    info: { title: 'Planted', version: '1.0.0' },
    servers: [{ url: '/' }],
    paths: {
      '/planted/{name}': {
        parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
        get: operation('readOld', ending),
        put: operation('replaceOld'),
      },
    },
  }) as unknown as Contract;

function appWith(contract: Contract) {
  const app = express();
  const done = async () => ({ status: 204 }) as never;
  mountContract<{ readOld: object; replaceOld: object }>(app, contract, { readOld: done, replaceOld: done }, {});
  app.use(
    (_error: unknown, _request: Request, response: Response, _next: NextFunction) => void response.sendStatus(400),
  );
  return app;
}

const ENDING = { deprecated: true, 'x-deprecated-since': '2027-01-01', 'x-sunset': '2027-07-01' };

test('every response of a deprecated operation has Deprecation, Sunset and Link, and no other response has', async (t) => {
  const server = createServer(appWith(planted(ENDING)));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  const headersOf = async (method: string, path: string, status: number) => {
    const { headers, status: received } = await fetch(url + path, { method });
    assert.equal(received, status, path);
    return ['deprecation', 'sunset', 'link', 'access-control-expose-headers'].map((name) => headers.get(name));
  };
  const announced = [
    '@1798761600',
    'Thu, 01 Jul 2027 00:00:00 GMT',
    '</docs/versions#deprecation>; rel="deprecation"; type="text/html"',
    'Deprecation, Sunset, Link',
  ];
  assert.deepEqual(await headersOf('GET', '/planted/one', 204), announced);
  assert.deepEqual(await headersOf('GET', '/planted/one?unknown=1', 400), announced, 'refused by the contract');
  assert.deepEqual(await headersOf('PUT', '/planted/one', 204), [null, null, null, null]);
  assert.deepEqual(await headersOf('GET', '/unplanted', 400), [null, null, null, null]);
});

test('a contract that deprecates an operation without its two days does not start', () => {
  const { deprecated, ...days } = ENDING;
  for (const ending of [
    { deprecated },
    days,
    { ...ENDING, 'x-sunset': undefined },
    { ...ENDING, 'x-sunset': 'soon' },
  ]) {
    assert.throws(() => appWith(planted(ending)), /given together|is not a day/, JSON.stringify(ending));
  }
});

test('the page of a deprecated operation says since when, and until when it exists', () => {
  const page = PAGES.find(({ path }) => path === '/docs/http/getLimits')!;
  assert.doesNotMatch(markdownOf(page), /Deprecated/);
  const op = httpReference()
    .groups.flatMap(({ operations }) => operations)
    .find(({ id }) => id === 'getLimits')!;
  const old = { ...page, data: { op: { ...op, since: '2027-01-01', sunset: '2027-07-01' } } };
  assert.match(markdownOf(old), /\*\*Deprecated\*\* since 2027-01-01\..* 2027-07-01/);
});
