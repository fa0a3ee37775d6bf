// Folds the text of a very long message behind a button. Never scrolls what is around it when the text unfolds: it says
// so before with an `unfold` event, for the scroller.
import { make } from './dom.ts';

/** A text with more characters or lines than these folds. */
const CHARACTERS_MAX = 1_500;
const LINES_MAX = 25;

/**
 * Folds `text` when it is long, or shows it whole when `isOpen`.
 * @returns the button to stand after it; undefined when it is short.
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
  // The browser scrolls the folded text to show a match of its search, a link with the focus or the end of a selection.
  text.addEventListener('scroll', () => {
    if (text.scrollTop > 0) unfold();
  });
  set(!isOpen);
  return button;
}
