// Moves the focus between the buttons of a box with the arrow keys: left and right in DOM order, up and down by screen
// position. Never sets a tabindex.

export function wireArrows(box: HTMLElement): void {
  box.addEventListener('keydown', (event) => {
    const buttons = [...box.querySelectorAll<HTMLElement>('button:not([hidden])')];
    const index = buttons.indexOf(event.target as HTMLElement);
    const to = buttons[index] && next(buttons, index, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
}

function next(buttons: HTMLElement[], index: number, key: string): HTMLElement | undefined {
  if (key === 'ArrowLeft') return buttons[index - 1];
  if (key === 'ArrowRight') return buttons[index + 1];
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
  const from = buttons[index]!.getBoundingClientRect();
  const distances = buttons.map((button) => {
    const { top, left } = button.getBoundingClientRect();
    const away = key === 'ArrowUp' ? from.top - top : top - from.top;
    return away < 1 ? Number.POSITIVE_INFINITY : away * 1000 + Math.abs(left - from.left);
  });
  const least = Math.min(...distances);
  return Number.isFinite(least) ? buttons[distances.indexOf(least)] : undefined;
}
