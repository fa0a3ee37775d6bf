// Controls the load generator's process: sends one order at a time and returns its result. The generator has its own core.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pin } from './cores.ts';
import type { Audited, Order, Sent } from './generator/main.ts';

type Said = { kind: 'measuring' | 'measured' } | { kind: 'done'; result?: unknown } | { kind: 'failed'; why: string };

export class Generator {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'generator/main.ts'), { execArgv: [] });
    pin('generator', this.#child.pid!);
  }

  open(order: Omit<Extract<Order, { kind: 'open' }>, 'kind'>): Promise<void> {
    return this.#ask({ kind: 'open', ...order }) as Promise<void>;
  }

  /** `begun` and `over` are called at the start and the end of the measured time. */
  send(order: Extract<Order, { kind: 'send' }>, begun: () => void, over: () => void): Promise<Sent> {
    return this.#ask(order, { measuring: begun, measured: over }) as Promise<Sent>;
  }

  audit(): Promise<Audited> {
    return this.#ask({ kind: 'audit' }) as Promise<Audited>;
  }

  /** Bytes that its sockets have received. */
  received(): Promise<number> {
    return this.#ask({ kind: 'received' }) as Promise<number>;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  #ask(order: Order, hear: { measuring?: () => void; measured?: () => void } = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#child.off('message', heard).off('exit', gone);
        settle();
      };
      const gone = () => end(() => reject(new Error('the generator ended')));
      const heard = (said: Said) => {
        if (said.kind === 'failed') return end(() => reject(new Error(said.why)));
        if (said.kind === 'done') return end(() => resolve(said.result));
        hear[said.kind]?.();
      };
      this.#child.on('message', heard as never).once('exit', gone);
      this.#child.send(order);
    });
  }
}
