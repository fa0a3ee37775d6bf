// How the documents write a number with its unit.

/** 4,000 */
export const number = (value: number): string => value.toLocaleString('en');

/** 25 s */
export const seconds = (value: number): string => `${number(value)} s`;

/** 7 days */
export const days = (inSeconds: number): string => `${number(inSeconds / 86_400)} days`;

/** 10 minutes */
export const minutes = (inSeconds: number): string => `${number(inSeconds / 60)} minutes`;

/** 64 KiB */
export const bytes = (value: number): string =>
  value >= 1_048_576 ? `${number(value / 1_048_576)} MiB` : `${number(value / 1_024)} KiB`;

const WORDS: Readonly<Record<number, string>> = { 1: 'a second', 60: 'a minute', 3600: 'an hour', 86400: 'a day' };

/** A second, minute, hour or day, which the documents write as words; anything else is a mistake in them. */
export const inWords = (inSeconds: number): string => WORDS[inSeconds] ?? `no word for ${inSeconds} s`;
