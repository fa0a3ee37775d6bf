// Shows the link to an empty room and a button that copies it. CSS hides both once the room has a message.
import { one } from './dom.ts';

/** Wires the link and the button. @returns a function that shows them. */
export function wireInvitation(room: string): () => void {
  const place = one('[data-invitation]');
  const link = one<HTMLInputElement>('input', place);
  const outcome = one('[role=status]', place);
  link.value = new URL(`/rooms/${encodeURIComponent(room)}`, location.href).href;
  link.addEventListener('focus', () => link.select());
  one('button', place).addEventListener('click', async () => {
    outcome.textContent = '';
    try {
      await navigator.clipboard.writeText(link.value);
      outcome.textContent = 'The link is copied.';
    } catch {
      // The clipboard API needs TLS and the user's permission.
      link.focus();
      outcome.textContent = 'Your browser does not let this page copy. The link is selected: copy it yourself.';
    }
  });
  return () => {
    place.hidden = false;
  };
}
