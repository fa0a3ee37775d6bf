// Keeps the room as high as the visible part of the page: on iOS a keyboard covers the page instead of resizing it.

/** Sets `--visible-height` on the document while a keyboard covers a part of the page. */
export function followVisibleHeight(): void {
  const visible = window.visualViewport;
  if (!visible) return;
  visible.addEventListener('resize', () => {
    const covered = visible.scale === 1 && visible.height < innerHeight - 1;
    if (covered) document.documentElement.style.setProperty('--visible-height', `${visible.height}px`);
    else document.documentElement.style.removeProperty('--visible-height');
    scrollTo(0, 0);
  });
}
