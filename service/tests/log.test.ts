// The form of a log line, the hidden values, and which request ids are accepted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, requestId } from '../log.ts';

function lines(): { log: ReturnType<typeof createLog>; said: string[] } {
  const said: string[] = [];
  return { log: createLog({ service: 'chat', to: { write: (line) => said.push(line) } }), said };
}

test('a line is JSON with service, level as a word, time and message', () => {
  const { log, said } = lines();
  log.info({ requestId: 'r-1' }, 'hello');
  log.debug('not at this level');
  assert.equal(said.length, 1);
  const { time, ...line } = JSON.parse(said[0]!);
  assert.deepEqual(line, { level: 'info', service: 'chat', requestId: 'r-1', msg: 'hello' });
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('credentials and message texts are hidden at any depth of a logged object', () => {
  const secrets = {
    authorization: 'HUSH',
    cookie: 'HUSH',
    'set-cookie': ['HUSH'],
    'sec-websocket-protocol': 'chat.v1, bearer.HUSH',
    password: 'HUSH',
    token: 'HUSH',
    accessToken: 'HUSH',
    content: 'HUSH',
  };
  const { log, said } = lines();
  log.info(secrets);
  log.info({ headers: secrets, body: { Password: 'HUSH' } });
  log.info({ req: { headers: secrets, body: secrets } });
  log.info({ a: { b: { c: secrets } }, list: [secrets] });
  log.error({ err: Object.assign(new Error('failed'), secrets) });
  log
    .child(secrets)
    .child({ req: { headers: secrets } })
    .info('from a child');
  assert.equal(said.length, 6);
  assert.doesNotMatch(said.join(''), /HUSH/);
  assert.match(said[0]!, /"authorization":"\[hidden\]"/);
  assert.match(said[4]!, /"message":"failed"/);
  assert.equal(secrets.token, 'HUSH', 'the logged object itself is not changed');
});

test('a request id is accepted only from a trusted peer and only in a safe form', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4/;
  assert.equal(requestId({ 'x-request-id': 'edge.42_a-B' }, true), 'edge.42_a-B');
  assert.match(requestId({ 'x-request-id': 'edge.42_a-B' }, false), uuid);
  for (const id of ['', 'a b', 'a\n{"level":"fatal"}', 'é', 'x'.repeat(65), ['a', 'b'] as unknown as string]) {
    assert.match(requestId({ 'x-request-id': id }, true), uuid, JSON.stringify(id));
  }
  assert.match(requestId({}, true), uuid);
});
