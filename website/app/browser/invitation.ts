// Offers the link to an empty room for copying. The styles hide it once the room has a message.
import { one } from './dom.ts';
import { roomUrl } from './room_item.ts';

/** Wires the offer. @returns shows it. */
export function wireInvitation(room: string): () => void {
  const place = one('[data-invitation]');
  const link = one<HTMLInputElement>('input', place);
  const outcome = one('[role=status]', place);
  link.value = new URL(roomUrl(room), location.href).href;
  link.addEventListener('focus', () => link.select());
  one('button', place).addEventListener('click', async () => {
    outcome.textContent = '';
    try {
      await navigator.clipboard.writeText(link.value);
      outcome.textContent = 'The link is copied.';
    } catch {
      // Without TLS there is no clipboard, and the reader may forbid it.
      link.focus();
      outcome.textContent = 'The browser does not let this page copy. The link is selected: copy it yourself.';
    }
  });
  return () => {
    place.hidden = false;
  };
}
