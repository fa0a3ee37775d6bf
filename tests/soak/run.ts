// Runs one soak: starts the system and its users, runs rounds of faults, audits new events between the rounds and
// everything at the end. Rejects with the first miss; prints nothing.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../conformance/random.ts';
import { type Auditor, auditNews, auditRoom, endLedgers } from './audit.ts';
import { catalogue, leftOut } from './faults.ts';
import { type Ledger, Miss } from './ledger.ts';
import { liveHeaps } from './live_heap.ts';
import { change, comeAndGo, deleteRooms, type Ends, type Interval, talk } from './lives.ts';
import { errorsLogged } from './logs.ts';
import { type Sample, sample } from './memory.ts';
import { People, type User } from './people.ts';
import { calm, caughtUp, type Round, round, type Stage, shuffled } from './schedule.ts';
import type { Seat, Told } from './seat.ts';
import type { Exit } from './server.ts';
import { type System, startSystem } from './system.ts';

export interface SoakOptions {
  /** Maximum duration of the load. */
  minutes: number;
  /** The load ends when this many messages are acknowledged in the rooms that are not deleted. */
  messages: number;
  /** Maximum number of faults. With 0 the load is steady, and the memory of each process is sampled. */
  faults: number;
  seed: number;
  /** Messages per second in the busy rooms. */
  rate: number;
  rooms: number;
  chats: number;
  redis: boolean;
  ownDisk: boolean;
  /** Limits the faults to kinds whose name matches. */
  only?: RegExp;
  /** Ends the load early; the audit follows. */
  signal?: AbortSignal;
  /** Called when the load starts, with a function that returns the status of the run. */
  started?(status: () => Status): void;
}

export interface Status extends Told {
  seconds: number;
  rounds: number;
  faults: number;
  inForce: string[];
}

export interface Result extends Told {
  options: SoakOptions;
  seconds: number;
  auditSeconds: number;
  audited: Auditor['audited'];
  /** Acknowledged messages in the rooms that are not deleted: each was compared with the log at the end. */
  compared: number;
  rounds: Round[];
  kinds: string[];
  leftOut: string[];
  ends: Ends;
  samples: Sample[];
  /** Live heap in MB by process, after HEAP_S and at the end. */
  heaps: Map<string, number>[];
  /** Starts in which a server exited because a dependency was unavailable. */
  startsGivenUp: number;
  /** Number of log lines of level error and above, by service and text. */
  errors: Map<string, number>;
  versions: { postgres: string };
}

const USERS = 16;
/** The clients of each room; the first SENDERS of them send. */
const SEATS = ['sdk', 'sdk', 'raw', 'sdk', 'raw', 'raw'] as const;
const SENDERS = 3;
const SAMPLE_MS = 10_000;
/** Time of the first measurement of live heaps: all members have joined, and V8 has compiled the code. */
const HEAP_S = 60;
const LEAVERS = 2;
const AUDITS_AT_ONCE = 6;

export async function soak(options: SoakOptions): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'parlance-soak-'));
  // When this process is root, PostgreSQL runs as another user, who must be able to enter the directory.
  await chmod(directory, 0o711);
  const over = new AbortController();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const inForce: string[] = [];
  const began = performance.now();
  const fail = (error: Error) => {
    error.message += `\n  after ${Math.round((performance.now() - began) / 1_000)} s; in force: ${inForce.join('; ') || 'no fault'}; seed ${options.seed}`;
    failed.reject(error);
    over.abort();
  };
  let startsGivenUp = 0;
  const onExit = (exit: Exit) => {
    if (exit.wasReady)
      fail(new Miss(`${exit.name} exited unexpectedly with ${exit.code ?? exit.signal}:\n${exit.lastLines}`));
    startsGivenUp += 1;
  };
  let missed = true;
  const { chats, redis, ownDisk } = options;
  const system = await startSystem({ directory, chats, redis, ownDisk, onExit });
  try {
    const run = new Run(options, system, inForce, fail, over.signal);
    const result = await Promise.race([run.run(), failed.promise]);
    missed = false;
    return { ...result, leftOut: leftOut(system), startsGivenUp, errors: errorsLogged(system) };
  } catch (error) {
    (error as Error).message += `\n  logs: ${directory}`;
    throw error;
  } finally {
    over.abort();
    await system.stop();
    if (!missed) await rm(directory, { recursive: true, force: true });
  }
}

class Run {
  readonly #options: SoakOptions;
  readonly #system: System;
  readonly #inForce: string[];
  readonly #fail: (miss: Error) => void;
  readonly #over: AbortSignal;
  readonly #told: Told = { delivered: 0, acknowledged: 0, joins: 0, resumes: 0 };
  readonly #ends: Ends = { rooms: [], sessions: [] };
  readonly #rounds: Round[] = [];
  readonly #samples: Sample[] = [];
  readonly #heaps: Result['heaps'] = [];
  readonly #intervals = new Map<string, Interval[]>();
  #rooms: Ledger[] = [];
  #seats: Seat[] = [];

  constructor(options: SoakOptions, system: System, inForce: string[], fail: (miss: Error) => void, over: AbortSignal) {
    this.#options = options;
    this.#system = system;
    this.#inForce = inForce;
    this.#fail = fail;
    this.#over = over;
  }

  async run(): Promise<Omit<Result, 'leftOut' | 'startsGivenUp' | 'errors'>> {
    const { seed, minutes, rate, messages, signal: asked, started } = this.#options;
    const system = this.#system;
    const { websiteUrls, chatUrls } = system;
    const people = new People({ websiteUrls, chatUrls, told: this.#told, fail: this.#fail });
    // A run with few rooms needs fewer users.
    const count = Math.min(USERS, this.#options.rooms * SENDERS);
    const users: User[] = [];
    const newcomers = Array.from({ length: count + LEAVERS }, (_, number) => number);
    await inTurns(newcomers, async () => void users.push(await people.register()));
    const leavers = users.splice(count);
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1_000;
    await this.#seat(people, users);
    const auditor: Auditor = {
      client: people.client(users[0]!.token),
      query: (text, values) => system.postgres.query(text, 'soak', values),
      intervals: this.#intervals,
      audited: { events: 0, changes: 0, messages: 0 },
    };

    const random = (number: number) => new Random(seed * 1_000 + number);
    const enough = new AbortController();
    const counting = setInterval(() => this.#compared() >= messages && enough.abort(), 1_000).unref();
    const times = [AbortSignal.timeout(minutes * 60_000), enough.signal, this.#over];
    const ending = AbortSignal.any([...times, ...(asked ? [asked] : [])]);
    const silent = new AbortController();
    const signal = AbortSignal.any([silent.signal, this.#over]);
    const senders = this.#seats.filter((_, index) => index % SEATS.length < SENDERS);
    const coming = (number: number) => ({ people, random: random(number), signal, ends: this.#ends });
    const { told } = people.town;
    const lives = [
      ...senders.map((seat, index) => talk(seat, rate / senders.length, random(index + 1), signal)),
      ...this.#rooms.map((room, index) =>
        change(room, users, { rate: 1, random: random(500 + index), signal, fail: this.#fail, told }),
      ),
      deleteRooms(users, coming(700), `doomed ${seed}`, (room) => auditNews(room, auditor)),
      ...leavers.map((user, index) => {
        const intervals: Interval[] = [];
        this.#intervals.set(user.username, intervals);
        return comeAndGo(user, this.#rooms, coming(800 + index), intervals);
      }),
    ];
    for (const life of lives) life.catch(this.#fail);
    started?.(() => ({
      ...this.#told,
      seconds: seconds(),
      rounds: this.#rounds.length,
      faults: this.#rounds.reduce((sum, { kinds }) => sum + kinds.length, 0),
      inForce: this.#inForce,
    }));

    const kinds = catalogue(system).filter(({ kind }) => this.#options.only?.test(kind) ?? true);
    const stage: Stage = {
      random: random(0),
      kinds,
      rooms: this.#rooms,
      seats: this.#seats,
      senders,
      inForce: this.#inForce,
    };
    if (this.#options.faults > 0) await this.#faults(stage, auditor, ending);
    else await this.#steady(auditor, ending);
    clearInterval(counting);
    silent.abort();
    await Promise.all(lives);
    const talked = seconds();
    await endLedgers(this.#rooms, auditor.query);
    await caughtUp(this.#seats);
    for (const seat of this.#seats) {
      seat.stays = false;
      seat.leave();
    }
    await inTurns(this.#rooms, (room) => auditRoom(room, auditor));
    const [version] = await auditor.query('show server_version', []);
    return {
      ...this.#told,
      options: this.#options,
      seconds: talked,
      auditSeconds: seconds() - talked,
      audited: auditor.audited,
      rounds: this.#rounds,
      compared: this.#compared(),
      kinds: kinds.map(({ kind }) => kind),
      ends: this.#ends,
      samples: this.#samples,
      heaps: this.#heaps,
      versions: { postgres: String(version?.server_version) },
    };
  }

  #compared(): number {
    return this.#rooms.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  }

  /** Creates the busy rooms and joins their members, who receive each room's log from its beginning. */
  async #seat(people: People, users: readonly User[]): Promise<void> {
    for (let number = 0; number < this.#options.rooms; number += 1) {
      const room = await people.createRoom(users[number % users.length]!, `busy ${this.#options.seed} ${number + 1}`);
      this.#rooms.push(room);
      for (const [index, kind] of SEATS.entries()) {
        const seat = people.join(kind, users[(number * SEATS.length + index) % users.length]!, room, 0);
        seat.stays = true;
        this.#seats.push(seat);
      }
    }
  }

  async #faults(stage: Stage, auditor: Auditor, ending: AbortSignal): Promise<void> {
    const deck = shuffled(stage.kinds, stage.random);
    for (let faults = 0; !ending.aborted && faults < this.#options.faults; ) {
      await calm(stage.random, ending);
      await this.#audit(auditor);
      if (ending.aborted) return;
      const done = await round(stage, () => deck.next().value, ending);
      this.#rounds.push(done);
      faults += done.kinds.length;
    }
  }

  async #steady(auditor: Auditor, ending: AbortSignal): Promise<void> {
    const began = performance.now();
    while (!ending.aborted) {
      const at = (performance.now() - began) / 1_000;
      if (at > HEAP_S && this.#heaps.length === 0) this.#heaps.push(await liveHeaps(this.#system));
      this.#samples.push(sample(this.#system, at));
      if (!ending.aborted) await this.#audit(auditor);
      await sleep(SAMPLE_MS, undefined, { signal: ending }).catch(() => undefined);
    }
    this.#heaps.push(await liveHeaps(this.#system));
  }

  async #audit(auditor: Auditor): Promise<void> {
    await caughtUp(this.#seats);
    await inTurns(this.#rooms, (room) => auditNews(room, auditor));
  }
}

/** Runs `use` for all items, AUDITS_AT_ONCE at a time. */
async function inTurns<T>(all: readonly T[], use: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const work = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await use(one);
  };
  await Promise.all(Array.from({ length: AUDITS_AT_ONCE }, work));
}
