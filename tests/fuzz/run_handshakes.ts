// Sends the upgrades of a seed and compares each answer with what the socket contract allows.
import type { Member, RecordedRoom } from '../records.ts';
import type { Answer, Miss } from './answers.ts';
import { ROOMS } from './cast.ts';
import { faultIn, PROBLEM } from './contract.ts';
import { type Handshake, handshakeCase, handshakeFaults } from './handshakes.ts';
import { createSender, NoAnswer, type Sender } from './http.ts';
import type { Fault } from './request_oracle.ts';
import type { Run } from './run_requests.ts';
import { fewer } from './shrink.ts';

const AT_ONCE = 8;
const TOKEN_MS = 30_000;
const BUSY_TRIES = 10;

export async function runHandshakes(run: Run, first: number, count: number): Promise<void> {
  if (count === 0) return;
  const sender = createSender(run.url, AT_ONCE);
  const [member] = (await run.cast.records.members(1)) as [Member];
  let [token, made] = [Promise.resolve(''), Number.NEGATIVE_INFINITY];
  const freshToken = () => {
    if (performance.now() - made > TOKEN_MS) {
      made = performance.now();
      token = run.cast.records.roomToken(member, ROOMS[0] as RecordedRoom);
    }
    return token;
  };
  let next = first;
  const lane = async () => {
    while (next < first + count && !run.tally.isOver) {
      await askOne(run, sender, handshakeCase(run.seed, next++), freshToken);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  sender.close();
}

async function askOne(run: Run, sender: Sender, one: Handshake, token: () => Promise<string>): Promise<void> {
  const ask = async (handshake: Handshake): Promise<{ miss: Miss | undefined; status: number }> => {
    const headers = handshake.headers.map(([name, value]): [string, string] => [name, value]);
    const bearer = await token();
    const faults = handshakeFaults(handshake);
    for (const header of headers) header[1] = header[1].replaceAll('TOKEN', bearer);
    try {
      for (let tries = 1; ; tries += 1) {
        const answer = await sender.upgrade(handshake.target, handshake.method, headers);
        // A busy server accepts a client that offers chat.v1 and closes with 1013, since browsers cannot read a 503.
        const isBusy = answer.status === 503 || (answer.status === 101 && closesBusy(answer.body));
        if (!isBusy || tries >= BUSY_TRIES) return { miss: missOf(handshake, faults, answer), status: answer.status };
        run.tally.busy += 1;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { miss: { kind: 'no answer', detail: error.message }, status: 0 };
    }
  };
  const { miss, status } = await ask(one);
  run.tally.count('upgrade', handshakeFaults(one).length > 0 ? 'off-spec' : 'accepted');
  if (!miss) return;
  let { detail } = miss;
  const smallest = await run.tally.shrink(one, smaller, async (less) => {
    const again = await ask(less);
    if (again.miss?.kind !== miss.kind || again.status !== status) return false;
    detail = again.miss.detail;
    return true;
  });
  const shown = [`${smallest.method} ${smallest.target}`, ...smallest.headers.map((header) => header.join(': '))];
  run.tally.failures.push({ kind: miss.kind, which: `upgrade ${one.index}`, detail, smallest: shown.join('\n') });
}

/** Whether the first frame is a close (opcode 8, RFC 6455 §5.5.1) with code 1013. */
const closesBusy = (frame: Buffer) => frame.length >= 4 && frame[0] === 0x88 && frame.readUInt16BE(2) === 1013;

function missOf({ method }: Handshake, faults: Fault[], { status, headers, body }: Answer): Miss | undefined {
  const shown = `${status} ${body.toString().slice(0, 300)}`;
  const why = faults.map((fault) => `${fault.why} (${fault.status} ${fault.codes})`).join('; ');
  if (status >= 500) return { kind: '5xx', detail: shown };
  if (status < 400) return faults.length > 0 ? { kind: 'wrong accept', detail: `${why}: ${shown}` } : undefined;
  if (faults.length === 0) return { kind: 'wrong refusal', detail: shown };
  if (method === 'HEAD') return undefined;
  const problem = String(headers['content-type']).startsWith('application/problem+json')
    ? JSON.parse(body.toString())
    : undefined;
  const fault = problem === undefined ? 'it is not a problem' : faultIn(PROBLEM, problem);
  if (fault !== undefined) return { kind: 'undeclared', detail: `${fault}: ${shown}` };
  const fits = faults.some((one) => one.status === status && one.codes.includes(problem.code));
  return fits ? undefined : { kind: 'undeclared', detail: `${why}: ${shown}` };
}

function* smaller(handshake: Handshake): Generator<Handshake> {
  for (const headers of fewer(handshake.headers)) yield { ...handshake, headers };
  const [path, query] = handshake.target.split('?');
  if (query === undefined) return;
  for (const pairs of fewer(query.split('&'))) {
    yield { ...handshake, target: pairs.length > 0 ? `${path}?${pairs.join('&')}` : path! };
  }
}
