// The message sent to every contestant: a text that ends with the message's number, by which the generator audits it.

export interface BenchMessage {
  id: string;
  content: string;
}

/** Decimal digits of the message's number. */
export const DIGITS = 10;
const TEXT = 'The kettle is on, and somebody brought a cake. Who comes? ';

export const contentOf = (number: number): string => TEXT + String(number).padStart(DIGITS, '0');

/** One in fifty. */
export const isFaulty = (content: string): boolean => Number(content.slice(-DIGITS)) % 50 === 25;
