// A process with shutdown steps chosen by its argument; prints each step to stdout.
import { exitOnCrash, onStop } from '../drain.ts';
import { createLog } from '../log.ts';

const kind = process.argv[2];
const log = createLog({ service: 'child', to: { write: (line) => process.stderr.write(line) } });
const say = (word: string) => process.stdout.write(`${word}\n`);
const later = (word: string) => new Promise<void>((resolve) => setTimeout(() => resolve(void say(word)), 50));
const hang = () => new Promise<void>(() => say('hanging'));

exitOnCrash(log);
const steps = [
  { name: 'first', run: () => later('first') },
  { name: 'second', run: kind === 'fails' ? () => Promise.reject(new Error('no')) : () => later('second') },
  { name: 'third', run: kind?.startsWith('hangs') ? hang : () => later('third') },
];
const stop = onStop(log, steps, kind === 'hangs' ? 300 : 5_000);
setInterval(() => undefined, 60_000);
if (kind === 'throws')
  setTimeout(() => {
    throw new Error('thrown');
  }, 10);
if (kind === 'rejects') setTimeout(() => void Promise.reject(new Error('rejected')), 10);
if (kind === 'by hand') void stop('the database is gone');
say('up');
