// Formats times for people, in the reader's time zone and locale.

const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const momentFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const yearFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** A `<time>` with hour and minute; the title shows the full date and time. */
export function timeElement(moment: Date): HTMLTimeElement {
  const element = document.createElement('time');
  element.dateTime = moment.toISOString();
  element.textContent = clockFormat.format(moment);
  element.title = fullFormat.format(moment);
  return element;
}

/** Whether both moments are on one day of the reader's calendar. */
export const sameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString();

/** 'Today', 'Yesterday', the weekday and date, or in another year the date with its year. */
export function dayName(moment: Date, now = new Date()): string {
  if (sameDay(moment, now)) return 'Today';
  if (sameDay(moment, new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1))) return 'Yesterday';
  return (moment.getFullYear() === now.getFullYear() ? dayFormat : yearFormat).format(moment);
}

/** The date with its year, without the time. */
export const dateText = (moment: Date): string => yearFormat.format(moment);

/** A `<time>` with date, hour and minute. */
export function momentElement(moment: Date): HTMLTimeElement {
  const element = document.createElement('time');
  element.dateTime = moment.toISOString();
  element.textContent = momentFormat.format(moment);
  return element;
}

/** Milliseconds as '1 second', '50 seconds', '3 minutes', rounded up. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  const [count, unit] = seconds < 90 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return plural(count, unit);
}

/** '1 message', '2 messages', '1,200 messages'. */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString()} ${noun}${count === 1 ? '' : 's'}`;
