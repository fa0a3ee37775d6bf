// Bounds the cost of passwords: an argon2 run takes 10 to 30 ms of a core and 19 MiB. A request takes a place before
// any other work, and is refused at once if none is free. Places are shared fairly between networks: when all are
// taken, a request gets the place of a request from the network that has the most, and runs alternate between networks
// (round robin). So parallel log-ins from one network refuse and delay each other and no others, and a single network,
// such as a school, can use all places that no other network needs. Knows no password rule (passwords.ts) and no
// thread (hashing_threads.ts).
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { runInThread, THREADS } from './hashing_threads.ts';
import type { HashingJob, HashingResult } from './hashing_worker.ts';

export interface Asker {
  /** The client's network; requests without a network share one. */
  network?: string;
  /** Aborted when the client has disconnected: a run that has not started is dropped. */
  signal?: AbortSignal;
}

/** A place, which permits hashing; `using` or dispose gives it back. Its runs are sequential. */
export interface HashingPlace extends Disposable {
  /** Throws `unavailable` when the place went to another network, the client has disconnected or the thread died. */
  run(job: HashingJob): Promise<HashingResult>;
}

interface Seat {
  network: string;
  /** A seat that waits for a run can be lost to another network, also between two runs. */
  state: 'idle' | 'waiting' | 'running' | 'served' | 'lost';
  begin: () => void;
  fail: (problem: Problem) => void;
}

/** The seats by network, with the networks in the order of their turns and their seats in the order of arrival. */
const seats = new Map<string, Seat[]>();
let taken = 0;
let running = 0;

const full = () => new Problem('unavailable', 'Too many passwords are being verified: try again.', { retryAfter: 1 });
const gone = () => new Problem('unavailable', 'The client has disconnected.');

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

/** Takes the latest place, if it does not run, from the network that has the most. */
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

/** Passes the thread of a run that has ended to the first waiting seat of the next network. */
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
