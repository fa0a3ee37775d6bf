// The part of the account page with which administrators suspend accounts and lift suspensions.
import { one } from './dom.ts';
import { wireForm } from './forms.ts';
import { client } from './session.ts';

/** Wires the form, if the page has one. */
export function wireSuspension(): void {
  const form = document.querySelector<HTMLFormElement>('[data-suspension-form]');
  if (!form) return;
  const status = one('[data-suspension-status]', form);
  wireForm(form, async ({ username = '' }) => {
    const name = username.trim();
    const isLifted = new FormData(form).get('suspension') === 'lift';
    status.textContent = '';
    if (isLifted) await client.unsuspendUser(name);
    else await client.suspendUser(name);
    status.textContent = isLifted ? `${name} can log in again.` : `${name} is suspended.`;
    return 'again';
  });
}
