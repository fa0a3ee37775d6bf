// Renders an SVG line chart: the time of each read by the size of the database, both axes logarithmic.
import { text } from '../chart.ts';
import { READINGS } from './reads.ts';
import { type Growth, whole } from './report.ts';

const COLOURS = [
  '#1d5fbf',
  '#7fb0ee',
  '#8a8a8a',
  '#d98a1f',
  '#b3441e',
  '#2c8a4b',
  '#7a4bb3',
  '#c0488f',
  '#4bb3a8',
  '#555',
];
const [LEFT, TOP, WIDTH, HEIGHT, LEGEND] = [60, 20, 520, 320, 360];
/** ms at the ends of the axis. */
const [LEAST, MOST] = [0.5, 500];

export function chartOf({ worlds, reads }: Growth): string {
  const x = (column: number) => LEFT + (WIDTH * column) / Math.max(1, worlds.length - 1);
  const y = (ms: number) => TOP + HEIGHT - (HEIGHT * Math.log(ms / LEAST)) / Math.log(MOST / LEAST);
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ddd"/>`;
  const parts = [1, 10, 100].flatMap((ms) => [
    line(LEFT, y(ms), LEFT + WIDTH, y(ms)),
    text(LEFT - 6, y(ms) + 4, `${ms} ms`, 'end'),
  ]);
  for (const [column, { events }] of worlds.entries()) {
    parts.push(
      line(x(column), TOP, x(column), TOP + HEIGHT),
      text(x(column), TOP + HEIGHT + 16, whole(events), 'middle'),
    );
  }
  for (const [row, times] of reads.entries()) {
    const colour = COLOURS[row % COLOURS.length];
    const points = times.map((ms, column) => `${x(column).toFixed(1)},${y(ms).toFixed(1)}`).join(' ');
    const at = TOP + 8 + row * 18;
    parts.push(
      `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<rect x="${LEFT + WIDTH + 24}" y="${at - 8}" width="10" height="10" fill="${colour}"/>`,
      text(LEFT + WIDTH + 40, at + 1, READINGS[row]!.title),
    );
  }
  parts.push(text(LEFT, TOP + HEIGHT + 34, 'events in the log'));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + LEGEND} ${TOP + HEIGHT + 44}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}
