// The bans of a room, for its owner and administrators: bans a user after a confirmation, lists the bans, lifts them.
// Fetched when it is first used (see moderation.ts).
import type { BanList } from '@parlance/client';
import { announce } from './announcer.ts';
import { confirmIn } from './confirm_dialog.ts';
import { make, one } from './dom.ts';
import { explain } from './explain.ts';
import { wireForm } from './forms.ts';
import { client } from './session.ts';

export class Bans {
  readonly #room: string;
  readonly #list = one('[data-bans-list]');
  readonly #status = one('[data-bans-status]');

  constructor(room: string) {
    this.#room = room;
    const panel = one<HTMLDetailsElement>('[data-bans]');
    panel.addEventListener('toggle', () => panel.open && void this.#load());
    if (panel.open) void this.#load();
    const form = one<HTMLFormElement>('[data-ban-form]', panel);
    wireForm(form, async ({ username = '' }) => {
      await client.banUser(room, username.trim());
      form.reset();
      await this.#banned(username.trim());
      return 'again';
    });
  }

  /** Asks for confirmation, then bans the user. Resolves when the dialog is closed. */
  async ban(username: string): Promise<void> {
    one('[data-ban-name]').textContent = username;
    const isBanned = await confirmIn('ban', () => client.banUser(this.#room, username));
    if (isBanned) await this.#banned(username);
  }

  async #banned(username: string): Promise<void> {
    announce(`${username} is banned from this room.`);
    await this.#load();
  }

  /** Shows all bans, page by page. */
  async #load(): Promise<void> {
    this.#status.textContent = '';
    try {
      const items: HTMLElement[] = [];
      let cursor: string | undefined;
      do {
        const page: BanList = await client.listBans(this.#room, cursor === undefined ? {} : { cursor });
        items.push(...page.bans.map(({ username }) => this.#item(username)));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      this.#list.replaceChildren(...items);
      if (items.length === 0) this.#status.textContent = 'Nobody is banned from this room.';
    } catch (error) {
      this.#status.textContent = explain(error);
    }
  }

  #item(username: string): HTMLElement {
    const button = make('button', 'quiet', 'Unban');
    button.type = 'button';
    button.ariaLabel = `Unban ${username}`;
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await client.unbanUser(this.#room, username);
        announce(`${username} is no longer banned.`);
        await this.#load();
        one('[data-bans] summary').focus();
      } catch (error) {
        this.#status.textContent = explain(error);
        button.disabled = false;
      }
    });
    return make('li', 'person', make('bdi', '', username), button);
  }
}
