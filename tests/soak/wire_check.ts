// A WebSocket that checks each event before the SDK receives it. The SDK would hide some faults of the server: it drops a
// duplicate event, and resumes after a gap. Does not change frames.
import type { LoggedEvent } from './ledger.ts';

interface Joined {
  type: 'room.joined';
  lastSeq: number;
  resumed: boolean;
}

/**
 * @param fail is called with a description when an event of a connection is missing, duplicated or out of order.
 * @param rewrite maps the URL to the one to connect to.
 */
export function checkedWebSocket(rewrite: (url: string) => string, fail: (what: string) => void): typeof WebSocket {
  return class extends WebSocket {
    /** How often each message id was sent on this connection: the answer to a resend may have a seq that has passed. */
    readonly #sent = new Map<string, number>();
    #last: number | undefined;

    constructor(url: string | URL, protocols?: string | string[]) {
      super(rewrite(String(url)), protocols);
      const after = new URL(url).searchParams.get('after');
      this.addEventListener('message', ({ data }) => {
        const frame = JSON.parse(data) as LoggedEvent | Joined;
        if (frame.type === 'room.joined') {
          const { resumed, lastSeq } = frame as Joined;
          this.#last = resumed && after !== null ? Number(after) : lastSeq;
        } else if (typeof (frame as LoggedEvent).seq === 'number') this.#check(frame as LoggedEvent);
      });
    }

    override send(data: string): void {
      const { type, id } = JSON.parse(data);
      if (type === 'message.send') this.#sent.set(id, (this.#sent.get(id) ?? 0) + 1);
      super.send(data);
    }

    #check(event: LoggedEvent): void {
      const { type, id = '', seq } = event;
      const last = this.#last;
      if (last === undefined) return fail(`got seq ${seq} before room.joined`);
      if (seq === last + 1) {
        this.#last = seq;
        return;
      }
      const answers = this.#sent.get(id) ?? 0;
      if (type !== 'message.created' || seq > last || answers === 0)
        return fail(`got seq ${seq} after ${last} on one connection: ${JSON.stringify(event)}`);
      this.#sent.set(id, answers - 1);
    }
  };
}
