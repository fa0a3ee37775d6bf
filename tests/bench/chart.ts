// Renders the bench's results as an SVG bar chart: the ratio of each figure to bare ws, on a logarithmic axis.
import type { Name } from './contestants.ts';
import { type Medians, ROWS } from './figures.ts';

const COLOURS: Record<Name, string> = {
  parlance: '#1d5fbf',
  'parlance behind nginx': '#7fb0ee',
  'bare ws': '#8a8a8a',
  'socket.io': '#d98a1f',
  'socket.io + INSERT': '#b3441e',
};
const [LEFT, WIDTH, BAR, GAP, TOP] = [380, 560, 9, 12, 70];
/** Ratios at the ends of the axis. */
const [LEAST, MOST] = [0.1, 100];

const place = (ratio: number) => {
  const within = Math.min(MOST, Math.max(LEAST, ratio));
  return LEFT + (WIDTH * Math.log(within / LEAST)) / Math.log(MOST / LEAST);
};
export const text = (x: number, y: number, words: string, anchor = 'start') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words.replaceAll('&', '&amp;')}</text>`;

export function chartOf(medians: Medians, names: readonly Name[]): string {
  const rows = ROWS.filter(({ key }) => medians['bare ws'][key]);
  const shown = names.filter((name) => name !== 'bare ws');
  const rowHeight = shown.length * BAR + GAP;
  const height = TOP + rows.length * rowHeight + 30;
  const parts = shown.flatMap((name, index) => [
    `<rect x="${LEFT + index * 140}" y="14" width="10" height="10" fill="${COLOURS[name]}"/>`,
    text(LEFT + 14 + index * 140, 23, name),
  ]);
  for (let ratio = LEAST; ratio <= MOST; ratio *= 10) {
    const x = place(ratio).toFixed(1);
    parts.push(
      `<line x1="${x}" y1="${TOP - 10}" x2="${x}" y2="${height - 24}" stroke="${ratio === 1 ? '#444' : '#ddd'}"/>`,
    );
    parts.push(text(Number(x), TOP - 16, `${Number(ratio.toPrecision(1))} ×`, 'middle'));
  }
  for (const [index, { key, title, more }] of rows.entries()) {
    const y = TOP + index * rowHeight;
    parts.push(text(LEFT - 8, y + rowHeight / 2 - 2, `${title} ${more ? '→' : '←'}`, 'end'));
    for (const [at, name] of shown.entries()) {
      const value = medians[name][key];
      if (value === undefined) continue;
      const [one, end] = [place(1), place(value / medians['bare ws'][key]!)];
      const [x, width] = [Math.min(one, end), Math.max(1, Math.abs(end - one))];
      parts.push(
        `<rect x="${x.toFixed(1)}" y="${y + at * BAR}" width="${width.toFixed(1)}" height="${BAR - 1}" fill="${COLOURS[name]}"/>`,
      );
    }
  }
  parts.push(text(LEFT, height - 8, 'ratio to bare ws, which stores nothing; the arrow shows the better direction'));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}
