// The opaque cursor of a list that is sorted by a lower-case key: the last key of the previous page.
import { invalid } from '../problems.ts';

export const encodeCursor = (lastKey: string): string => Buffer.from(lastKey).toString('base64url');

/** Throws invalid_request for anything that `encodeCursor` does not make. */
export function decodeCursor(cursor: string): string {
  try {
    const key = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(cursor, 'base64url'));
    if (key !== '' && !key.includes('\0')) return key;
  } catch {}
  throw invalid('/query/cursor', 'is not a cursor of this server');
}
