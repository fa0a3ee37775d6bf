// Sends the requests of a seed and compares each answer with the oracle's verdict. Off-spec requests are sent separately,
// between two reads of the database's state, which must be the same.
import assert from 'node:assert/strict';
import { sleep } from '../people.ts';
import { type Miss, missOf } from './answers.ts';
import type { Cast } from './cast.ts';
import { createSender, NoAnswer, type Sender } from './http.ts';
import { judge, type Verdict } from './request_oracle.ts';
import { curlOf, smallerRequests } from './request_shrink.ts';
import { type FuzzRequest, type RequestCase, requestCase } from './requests.ts';
import type { Tally } from './tally.ts';

/** Below the number of passwords that a process hashes at once (limits.yaml, passwordsAtOnce); more would be refused. */
const AT_ONCE = 12;
/** Requests between two reads of the database's state. */
const BATCH = 1_000;
/** How often a request is sent when it is answered with 503. */
const BUSY_TRIES = 5;

export interface Run {
  url: string;
  cast: Cast;
  seed: number;
  tally: Tally;
}

/** Sends `count` cases from `first` on; stops early after many failures. */
export async function runRequests(run: Run, first: number, count: number): Promise<void> {
  const sender = createSender(run.url, AT_ONCE);
  try {
    for (let at = first; at < first + count && !run.tally.isOver; at += BATCH) {
      const size = Math.min(BATCH, first + count - at);
      const cases = Array.from({ length: size }, (_, offset) => requestCase(run.seed, at + offset));
      const judged = cases.map((one) => ({ ...one, verdict: judge(one.request) }));
      const offSpec = judged.filter(({ verdict }) => verdict.faults.length > 0);
      await unchanged(run, at, offSpec, () => sendAll(run, sender, offSpec));
      await sendAll(
        run,
        sender,
        judged.filter(({ verdict }) => verdict.faults.length === 0),
      );
    }
  } finally {
    sender.close();
  }
}

type Judged = RequestCase & { verdict: Verdict };

async function unchanged(run: Run, first: number, cases: readonly Judged[], send: () => Promise<void>): Promise<void> {
  // Created before the first read of the state.
  for (const { request } of cases) if (request.needsRoom) await run.cast.roomFor(request.needsRoom);
  const credentials = cases.filter(({ request }) => request.as === 'once').length;
  const before = await run.cast.state();
  const failed = run.tally.failures.length;
  await send();
  const after = await run.cast.state();
  // Each request as `once` creates a user with a session.
  for (const name of ['users', 'sessions']) before[name] = String(Number(before[name]) + credentials);
  try {
    if (run.tally.failures.length === failed) assert.deepEqual(after, before);
  } catch {
    const detail = `${JSON.stringify(before)} became ${JSON.stringify(after)}`;
    const smallest = `one of the off-spec requests ${first} to ${first + BATCH - 1}`;
    run.tally.failures.push({ kind: 'changed something', which: `request ${first}`, detail, smallest });
  }
}

async function sendAll(run: Run, sender: Sender, cases: readonly Judged[]): Promise<void> {
  const left = [...cases].reverse();
  const lane = async () => {
    for (let one = left.pop(); one && !run.tally.isOver; one = left.pop()) await sendOne(run, sender, one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Other paths are pages, which the contract does not cover. */
const IN_CONTRACT = /^\/(api\/|healthz)/;

async function sendOne(
  run: Run,
  sender: Sender,
  { request, verdict, operation, index, change }: Judged,
): Promise<void> {
  const { tally } = run;
  const { miss, status } = await attempt(run, sender, request, verdict);
  const isOffSpec = verdict.faults.length > 0;
  tally.count(operation, isOffSpec ? 'off-spec' : status >= 400 ? 'refused as declared' : 'accepted');
  if (!miss) return;
  let { detail } = miss;
  const smallest = await run.tally.shrink(request, smallerRequests, async (smaller) => {
    const judged = judge(smaller);
    // A smaller request for another operation, or with another status, shows another fault.
    if (judged.operation !== verdict.operation || !IN_CONTRACT.test(smaller.target)) return false;
    const again = await attempt(run, sender, smaller, judged);
    if (again.miss?.kind !== miss.kind || again.status !== status) return false;
    detail = again.miss.detail;
    return true;
  });
  const which = `request ${index}`;
  tally.failures.push({
    kind: miss.kind,
    which,
    detail: `${operation}, changed: ${change}: ${detail}`,
    smallest: curlOf(smallest),
  });
}

async function attempt(
  { cast, tally }: Run,
  sender: Sender,
  request: FuzzRequest,
  verdict: Verdict,
): Promise<{ miss: Miss | undefined; status: number }> {
  if (request.needsRoom && verdict.faults.length === 0) await cast.roomFor(request.needsRoom);
  try {
    const credentials = await cast.credentials(request.as);
    for (let tries = 1; ; tries += 1) {
      const answer = await sender.send(request, credentials);
      // A 503 with Retry-After comes from an overloaded machine, and is retried. It is a fault if it persists.
      const isBusy = answer.status === 503 && answer.headers['retry-after'] !== undefined && tries < BUSY_TRIES;
      if (!isBusy) return { miss: missOf(request, verdict, answer), status: answer.status };
      tally.busy += 1;
      await sleep(1_000);
    }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { miss: { kind: 'no answer', detail: error.message }, status: 0 };
  }
}
