// Sends raw upgrade requests, so that a test can send bytes that no client library would.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { validateProblem } from '@parlance/specs/validators.js';

export interface RawAnswer {
  status: number;
  /** Names are in lower case. */
  headers: Record<string, string>;
  text: string;
  /** Open when the answer is 101; the caller closes it. */
  socket: Socket;
}

export interface RawRequest {
  method?: string;
  /** Replace headers of a valid upgrade; undefined removes one, a list sends it several times. */
  headers?: Record<string, string | string[] | undefined>;
  /** Bytes sent directly after the request. */
  rest?: Uint8Array;
  /** Disconnects with a FIN or a RST when `when` resolves. */
  leave?: { how: 'end' | 'reset'; when: Promise<unknown> };
}

/** Sends an upgrade request to `ws://host:port`; resolves with the complete answer, or at 101. */
export function rawUpgrade(
  url: string,
  path: string,
  { method, headers, rest, leave }: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const all = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`));
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    const answer = (): RawAnswer => {
      const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s, 2);
      const [first = '', ...rows] = head.split('\r\n');
      const entries = rows.map((row) => [row.split(':')[0]!.toLowerCase(), row.slice(row.indexOf(':') + 1).trim()]);
      return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(entries), text: body, socket };
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      if (/^HTTP\/1.1 101.*\r\n\r\n/s.test(text)) resolve(answer());
    });
    socket.once('end', () => resolve(answer()));
    socket.once('close', () => reject(new Error(`no answer: ${text}`)));
    socket.once('error', reject);
    socket.write(`${method ?? 'GET'} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    if (rest) socket.write(rest);
    leave?.when.then(() => (leave.how === 'reset' ? socket.resetAndDestroy() : socket.destroy()), reject);
  });
}

/** Asserts that an upgrade was refused with this code and pointer; returns the problem details. */
export function assertRefused(answer: RawAnswer, code: ProblemCode, pointer?: string) {
  assert.match(`${answer.status} ${answer.text}`, new RegExp(`^${PROBLEMS[code].status} .*"code":"${code}"`));
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.equal(Number(answer.headers['content-length']), answer.text.length);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers.connection, code === 'upgrade_required' ? 'Upgrade, close' : 'close');
  const problem: unknown = JSON.parse(answer.text);
  assert.ok(validateProblem(problem), JSON.stringify(validateProblem.errors));
  assert.equal(problem.requestId, answer.headers['x-request-id']);
  assert.equal(problem.type, `/docs/problems#${code}`);
  assert.deepEqual(
    problem.errors?.map((error) => error.pointer),
    pointer === undefined ? undefined : [pointer],
  );
  const { status } = PROBLEMS[code];
  assert.equal(answer.headers['retry-after'], status === 429 || status === 503 ? '1' : undefined);
  assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined);
  return problem;
}
