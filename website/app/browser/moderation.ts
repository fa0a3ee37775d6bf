// The entry to a room's bans, for its owner and administrators: loads their code on first use, since few readers need
// it.
import type { Bans } from './bans.ts';
import { one } from './dom.ts';
import { explain } from './explain.ts';

export class Moderation {
  readonly #room: string;
  #bans: Promise<Bans> | undefined;

  constructor(room: string) {
    this.#room = room;
    const panel = one<HTMLDetailsElement>('[data-bans]');
    panel.hidden = false;
    panel.addEventListener('toggle', () => {
      this.#load().catch((error) => {
        one('[data-bans-status]').textContent = explain(error);
      });
    });
  }

  /** Asks for confirmation, then bans the user. Resolves when the dialog closes; rejects if the code does not load. */
  async ban(username: string): Promise<void> {
    await (await this.#load()).ban(username);
  }

  #load(): Promise<Bans> {
    this.#bans ??= import('./bans.ts').then(({ Bans }) => new Bans(this.#room));
    return this.#bans;
  }
}
