// One attempt to join a room: token, upgrade, frames, until the connection ends. Resolves with the reason; never fails.
import type { HandshakeQuery } from '../generated/frames.ts';
import { dial, type Line, type Received, type WebSocketClass } from './dial.ts';
import { type Ending, endingOfClose, endingOfError, lost } from './ending.ts';
import type { TokenKeeper } from './room_token.ts';

/** The timeout for the token, and for the first frame after it, in milliseconds. */
const PATIENCE_MS = 15_000;

export interface Attempt {
  tokens: TokenKeeper;
  WebSocket: WebSocketClass;
  query: HandshakeQuery;
  /** Ends the attempt; a reason that is a string becomes its cause. */
  signal: AbortSignal;
  /** Handles a frame; a returned ending closes the socket. */
  frame(frame: Received, line: Line): Ending | undefined;
}

export async function attempt({ tokens, WebSocket, query, signal, frame }: Attempt): Promise<Ending> {
  try {
    const token = await tokens.get(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
    if (signal.aborted) return aborted(signal);
    return await new Promise<Ending>((resolve) => {
      const end = (ending: Ending) => {
        clearTimeout(patience);
        signal.removeEventListener('abort', abort);
        resolve(ending);
      };
      const hangUp = (ending: Ending) => {
        line.hangUp();
        end(ending);
      };
      const abort = () => hangUp(aborted(signal));
      const line = dial(WebSocket, token, query, {
        frame(received) {
          clearTimeout(patience);
          try {
            const ending = frame(received, line);
            if (ending) hangUp(ending);
          } catch {
            // A known type with an invalid shape: this server does not follow the contract.
            hangUp(lost('bad_frame'));
          }
        },
        closed(code, opened) {
          if (!opened) tokens.failed();
          end(opened ? endingOfClose(code) : lost('upgrade_failed'));
        },
      });
      const patience = setTimeout(() => hangUp(lost('timeout')), PATIENCE_MS);
      signal.addEventListener('abort', abort);
    });
  } catch (error) {
    return signal.aborted ? aborted(signal) : endingOfError(error);
  }
}

function aborted({ reason }: AbortSignal): Ending {
  return lost(typeof reason === 'string' ? reason : 'aborted');
}
