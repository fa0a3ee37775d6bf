// Collapses the text of a very long message behind a button. Never scrolls the timeline when the text expands: it first
// dispatches an `unfold` event, on which the scroller keeps its position.
import { make } from './dom.ts';

/** A text with more characters or lines than these is collapsed. */
const CHARACTERS_MAX = 1_500;
const LINES_MAX = 25;

/**
 * Collapses `text` if it is long and not `isOpen`.
 * @returns the button to insert after it; undefined if the text is short.
 */
export function folded(text: HTMLElement, isOpen: boolean): HTMLButtonElement | undefined {
  const content = text.textContent;
  if (content.length <= CHARACTERS_MAX && content.split('\n', LINES_MAX + 1).length <= LINES_MAX) return undefined;
  const button = make('button', 'quiet fold');
  button.type = 'button';
  const set = (isFolded: boolean) => {
    text.classList.toggle('folded', isFolded);
    button.textContent = isFolded ? 'Show more' : 'Show less';
    button.ariaExpanded = String(!isFolded);
  };
  const unfold = () => {
    text.dispatchEvent(new Event('unfold', { bubbles: true }));
    set(false);
  };
  button.addEventListener('click', () => {
    if (text.classList.contains('folded')) return unfold();
    set(true);
    button.scrollIntoView({ block: 'nearest' });
  });
  // The browser scrolls collapsed text to a find-in-page match, a focused link or the end of a selection.
  text.addEventListener('scroll', () => {
    if (text.scrollTop > 0) unfold();
  });
  set(!isOpen);
  return button;
}
