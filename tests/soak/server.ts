// A server of the system, run as a separate process on fixed ports: starts, kills, pauses and continues it. Restarts a
// server that exits unexpectedly, and reports the exit. Does not decide how long a fault lasts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** An unexpected exit. */
export interface Exit {
  name: string;
  code: number | null;
  signal: string | null;
  /** Whether it became ready after its start: a server may exit at its start when its database is unavailable. */
  wasReady: boolean;
  /** The last lines of its log. */
  lastLines: string;
}

export interface ServerOptions {
  name: string;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  logFile: string;
  isReady(): Promise<boolean>;
}

const AGAIN_MS = 500;
/** Timeout of a start; long enough for a busy machine. */
const READY_MS = 180_000;

export class Server {
  readonly name: string;
  readonly logFile: string;
  readonly #options: ServerOptions;
  readonly #onExit: (exit: Exit) => void;
  #child: ChildProcess | undefined;
  #wanted = false;
  #wasReady = false;

  constructor(options: ServerOptions, onExit: (exit: Exit) => void) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.#options = options;
    this.#onExit = onExit;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it is ready; rejects after three minutes. */
  async start(): Promise<void> {
    this.#wanted = true;
    this.#spawn();
    await this.#untilReady();
  }

  async #untilReady(): Promise<void> {
    for (const deadline = performance.now() + READY_MS; this.#wanted; await sleep(50)) {
      if (await this.#options.isReady().catch(() => false)) {
        this.#wasReady = true;
        return;
      }
      if (performance.now() > deadline)
        throw new Error(`${this.name} was not ready within ${READY_MS} ms\n${this.lastLines()}`);
    }
  }

  /** Sends a signal. With SIGKILL and SIGTERM the exit is expected, and the promise resolves after it. */
  async signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#child;
    const ends = name === 'SIGKILL' || name === 'SIGTERM';
    if (ends) this.#wanted = false;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(name);
    if (ends) await once(child, 'exit');
  }

  lastLines(): string {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-12).join('\n').slice(-4_000);
  }

  #spawn(): void {
    const { command, args, env, logFile } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(command, args, { env, stdio: ['ignore', log, log] });
    this.#child = child;
    this.#wasReady = false;
    child.once('exit', (code, signal) => {
      if (!this.#wanted || this.#child !== child) return;
      this.#onExit({ name: this.name, code, signal, wasReady: this.#wasReady, lastLines: this.lastLines() });
      setTimeout(() => {
        if (!this.#wanted) return;
        this.#spawn();
        this.#untilReady().catch(() => undefined);
      }, AGAIN_MS).unref();
    });
  }
}
