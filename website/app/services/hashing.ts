// Bounds what passwords cost: an argon2 run takes 10 to 30 ms of a core and 19 MiB. A request takes a place before anything
// else is done for it, and is refused at once when there is none. The places are shared out by network: when all are taken,
// the newcomer gets one from the network that has the most, and the networks take turns. So a stranger's parallel log-ins
// refuse and delay each other, not those of others; and a single network, such as a school, may have all that nobody else
// wants. Knows no password rule (passwords.ts) and no thread (hashing_threads.ts).
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { runInThread, THREADS } from './hashing_threads.ts';
import type { HashingJob, HashingResult } from './hashing_worker.ts';

export interface Asker {
  /** The client's network; those without one share theirs. */
  network?: string;
  /** Aborted when nobody waits for the answer any more: a run that has not begun is dropped. */
  signal?: AbortSignal;
}

/** A place among those who may hash; `using` or dispose gives it back. Its runs come one after the other. */
export interface HashingPlace extends Disposable {
  /** Throws `unavailable` when the place went to another network, the client is gone or the thread died. */
  run(job: HashingJob): Promise<HashingResult>;
}

interface Seat {
  network: string;
  /** A seat that waits for a run can be lost to another network, also between two runs. */
  state: 'idle' | 'waiting' | 'running' | 'served' | 'lost';
  begin: () => void;
  fail: (problem: Problem) => void;
}

/** By network, in the order of their turns; each network's in the order of arrival. */
const seats = new Map<string, Seat[]>();
let taken = 0;
let running = 0;

const full = () => new Problem('unavailable', 'Too many passwords are being verified: try again.', { retryAfter: 1 });
const gone = () => new Problem('unavailable', 'The client has gone.');

/** Places that are taken, of `LIMITS.passwordsAtOnce`. */
export const placesTaken = (): number => taken;

/** Takes a place. Throws `unavailable` at once when all are taken and no other network has more than this one. */
export function takePlace({ network = '', signal }: Asker = {}): HashingPlace {
  if (taken >= LIMITS.passwordsAtOnce) makeRoom(network);
  const seat: Seat = { network, state: 'idle', begin: () => undefined, fail: () => undefined };
  const own = seats.get(network);
  if (own) own.push(seat);
  else seats.set(network, [seat]);
  taken += 1;
  const leave = () => {
    if (seat.state === 'waiting') lose(seat, gone());
  };
  signal?.addEventListener('abort', leave, { once: true });
  return {
    run: (job) => runInTurn(seat, job, signal),
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', leave);
      if (seat.state !== 'lost') lose(seat, gone());
    },
  };
}

/** Takes the place of the last who came from the network that has the most. */
function makeRoom(newcomer: string): void {
  const most = [...seats.values()].reduce((one, other) => (other.length > one.length ? other : one));
  const last = most.findLast(({ state }) => state === 'idle' || state === 'waiting');
  if (!last || most.length <= (seats.get(newcomer)?.length ?? 0) + 1) throw full();
  lose(last, full());
}

function lose(seat: Seat, problem: Problem): void {
  const left = seats.get(seat.network)!.filter((other) => other !== seat);
  if (left.length > 0) seats.set(seat.network, left);
  else seats.delete(seat.network);
  taken -= 1;
  const { state } = seat;
  seat.state = 'lost';
  if (state === 'waiting') seat.fail(problem);
}

async function runInTurn(seat: Seat, job: HashingJob, signal: AbortSignal | undefined): Promise<HashingResult> {
  if (signal?.aborted) throw gone();
  if (seat.state === 'lost') throw full();
  if (running < THREADS) running += 1;
  else {
    seat.state = 'waiting';
    await new Promise<void>((resolve, reject) => Object.assign(seat, { begin: resolve, fail: reject }));
  }
  seat.state = 'running';
  try {
    return await runInThread(job);
  } finally {
    seat.state = 'served';
    next();
  }
}

/** The run that ends hands its thread to the next network's first. */
function next(): void {
  for (const [network, own] of seats) {
    const seat = own.find(({ state }) => state === 'waiting');
    if (!seat) continue;
    seats.delete(network);
    seats.set(network, own);
    seat.state = 'running';
    return seat.begin();
  }
  running -= 1;
}
