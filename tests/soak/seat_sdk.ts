// A seat on the SDK, as most programs use it: the SDK reconnects, resumes and resends.
import { type Client, type RoomSocket, SendError } from '@parlance/client';
import type { LoggedEvent } from './ledger.ts';
import { type Outcome, Seat } from './seat.ts';

/** A dead connection is detected after this time when an answer is due, otherwise after three times as long. */
const SILENCE_MS = 5_000;

export class SdkSeat extends Seat {
  readonly #socket: RoomSocket;

  /** @param after the first cursor; without it the seat receives only new events. */
  constructor(client: Client, after: number | undefined, ...seat: ConstructorParameters<typeof Seat>) {
    super(...seat);
    const { id, name } = this.ledger;
    if (after !== undefined) this.cursor = after;
    const from = after === undefined ? {} : { after, roomId: id };
    this.#socket = client.joinRoom(name, { ...from, silenceMs: SILENCE_MS });
    this.#socket.on('joined', ({ lastSeq, resumed }) => {
      this.troubles += 1;
      this.joined(lastSeq, resumed);
    });
    this.#socket.on('event', (event) => this.received(event as LoggedEvent));
    this.#socket.on('refused', () => {
      this.troubles += 1;
    });
    this.#socket.on('state', ({ retryInMs, cause }) => {
      if (cause) this.trouble = `${cause}, waits for ${retryInMs} ms since ${new Date().toISOString()}`;
    });
    this.#socket.on('closed', ({ code, cause }) => this.end(code, cause));
  }

  get isOpen(): boolean {
    return this.#socket.state === 'open';
  }

  leave(): void {
    this.#socket.close();
  }

  protected async deliver(id: string, content: string): Promise<Outcome> {
    try {
      return { event: (await this.#socket.send(content, { id }).stored) as LoggedEvent };
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      return { refused: error.code, stored: error.stored };
    }
  }
}
