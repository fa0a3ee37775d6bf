// The bans of a room for those who may see them: fetches their code when it is first used, since few readers ever do.
// Decides nothing.
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

  /** Asks whether to ban the user, and does so. Resolves when the dialog is closed; rejects when the code cannot be had. */
  async ban(username: string): Promise<void> {
    await (await this.#load()).ban(username);
  }

  #load(): Promise<Bans> {
    this.#bans ??= import('./bans.ts').then(({ Bans }) => new Bans(this.#room));
    return this.#bans;
  }
}
