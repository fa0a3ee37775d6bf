// The format of a backup: gzipped text. The first line is the header as JSON. A table is a line of JSON, its rows in
// COPY's text format, a line `\.` and a line with the row count. The last line has a checksum. Knows no database.
import { createHash } from 'node:crypto';
import { StartError } from '@parlance/service/start_error.ts';

export const FORMAT = 1;
/** COPY escapes backslashes and newlines: each row is one line, and no row equals this line. */
export const END_OF_ROWS = '\\.\n';
/** The longest row has a message of 64 KiB and little else. A file with a longer line is not a backup. */
const LONGEST_LINE_BYTES = 16 * 2 ** 20;
const NEWLINE = 0x0a;

export interface Header {
  parlance: 'backup';
  format: number;
  /** The name of the last migration. */
  schema: string;
  /** RFC 3339. */
  madeAt: string;
}

export interface TableLine {
  table: string;
  /** In the order of the rows' values. */
  columns: string[];
}

export interface EndLine {
  /** Of all bytes before this line, in hexadecimal. */
  sha256: string;
}

/** Refuses a file. `what` tells the operator which part is damaged. */
export class DamagedBackup extends StartError {
  constructor(what: string) {
    super(`This is not a complete Parlance backup (${what}): nothing was changed.`);
  }
}

export const writeLine = (line: Header | TableLine | { rows: number } | EndLine): Buffer =>
  Buffer.from(`${JSON.stringify(line)}\n`);

/** The number of rows that end in this chunk of COPY's text. */
export function countRows(chunk: Buffer): number {
  let rows = 0;
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1;
  return rows;
}

/** Reads a backup once from start to end, with bounded memory. Throws DamagedBackup. */
export class BackupReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #hash = createHash('sha256');
  #rest: Buffer = Buffer.alloc(0);

  /** @param text the decompressed backup */
  constructor(text: AsyncIterable<Buffer>) {
    this.#chunks = text[Symbol.asyncIterator]();
  }

  /** @throws StartError for a backup whose format is newer than this program. */
  async header(): Promise<Header> {
    const header = await this.#line<Header>();
    if (header.parlance !== 'backup') throw new DamagedBackup('it has no header');
    if (header.format !== FORMAT || typeof header.schema !== 'string') throw newer(`format ${header.format}`);
    return header;
  }

  /** Returns the next table; undefined after the last one, if the checksum is correct and no data follows it. */
  async table(): Promise<TableLine | undefined> {
    const soFar = this.#hash.copy().digest('hex');
    const line = await this.#line<Partial<TableLine & EndLine>>();
    if (line.sha256 === undefined) return line as TableLine;
    if (line.sha256 !== soFar) throw new DamagedBackup('the checksum is wrong');
    if (this.#rest.length > 0 || (await this.#more())) throw new DamagedBackup('data follows its end');
    return undefined;
  }

  /** Yields the rows of the table, in chunks of whole lines. Read all of them, then call rowCount(). */
  async *rows(): AsyncGenerator<Buffer> {
    for (;;) {
      const whole = this.#rest.subarray(0, this.#rest.lastIndexOf(NEWLINE) + 1);
      const end = endOfRows(whole);
      const part = end === -1 ? whole : whole.subarray(0, end);
      this.#take(part.length);
      if (part.length > 0) yield part;
      if (end !== -1) {
        this.#take(END_OF_ROWS.length);
        return;
      }
      if (!(await this.#more())) throw new DamagedBackup('it is cut off');
    }
  }

  /** Returns the row count that the backup states for the rows just read. */
  async rowCount(): Promise<number> {
    return (await this.#line<{ rows: number }>()).rows;
  }

  async #line<T>(): Promise<T> {
    let end = this.#rest.indexOf(NEWLINE);
    while (end === -1) {
      if (!(await this.#more())) throw new DamagedBackup('it is cut off');
      end = this.#rest.indexOf(NEWLINE);
    }
    const text = this.#take(end + 1).toString();
    try {
      return Object(JSON.parse(text));
    } catch {
      throw new DamagedBackup('a line is not JSON');
    }
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    this.#hash.update(taken);
    return taken;
  }

  async #more(): Promise<boolean> {
    if (this.#rest.length > LONGEST_LINE_BYTES) throw new DamagedBackup('a line is too long');
    const { value, done } = await this.#chunks.next().catch(refuseDamage);
    if (done) return false;
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }
}

/** The error for a backup of a newer version; `what` names that version. */
export const newer = (what: string) =>
  new StartError(`This backup was made by a newer version of Parlance (${what}): restore it with that version.`);

/** The offset in `lines`, which are whole lines, of the line that ends the rows; -1: not found. */
function endOfRows(lines: Buffer): number {
  if (lines.subarray(0, END_OF_ROWS.length).equals(Buffer.from(END_OF_ROWS))) return 0;
  const before = lines.indexOf(`\n${END_OF_ROWS}`);
  return before === -1 ? -1 : before + 1;
}

function refuseDamage(error: NodeJS.ErrnoException): never {
  if (error.code === 'Z_BUF_ERROR') throw new DamagedBackup('it is cut off');
  if (error.code?.startsWith('Z_')) throw new DamagedBackup('it cannot be decompressed');
  throw error;
}
