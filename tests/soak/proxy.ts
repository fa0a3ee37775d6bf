// A TCP proxy for one leg of the system: forwards bytes unchanged until it is told how to fail. Parses no protocol.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

type Direction = 'up' | 'down';

/** How the proxy treats the bytes of every connection. */
export interface Manner {
  /** Directions in which bytes are held back and not lost. `up` is from the client to the server. */
  blocked?: readonly Direction[];
  /** Delay of each piece, ms. */
  delayMs?: number;
  /** Maximum bytes per write. With `first`, only that many bytes at the start of a chunk are split. */
  piece?: { bytes: number; first?: number };
  /** Forwards only half of the next chunk of each connection, then resets the connection. */
  truncated?: boolean;
}

const PASS: Manner = {};
/** Bytes that a direction buffers before it pauses its source (backpressure). */
const HELD_MAX = 256 * 1_024;
/** How long the server's side of a dead connection stays open, as with keepalive or a NAT. */
const FORGOTTEN_MS = 30_000;

export class LegProxy {
  readonly name: string;
  readonly port: number;
  readonly #target: number;
  readonly #links = new Set<Link>();
  #server: Server | undefined;
  manner = PASS;

  /** Both ports are on 127.0.0.1. Listens after open(). */
  constructor(name: string, port: number, target: number) {
    this.name = name;
    this.port = port;
    this.#target = target;
  }

  /** Starts to accept connections. */
  async open(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const link = new Link(
        client,
        connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }),
        this,
      );
      this.#links.add(link);
      link.onGone = () => this.#links.delete(link);
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  /** Refuses new connections; open ones stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Resets every connection. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  /** Drops all further bytes of the open connections without closing them (half-open). New connections work. */
  silence(): void {
    for (const link of this.#links) link.silence();
  }

  behave(manner: Manner = PASS): void {
    this.manner = manner;
    for (const link of this.#links) link.go();
  }

  close(): void {
    this.refuse();
    this.cut();
  }
}

class Link {
  readonly #lanes: readonly [Lane, Lane];
  readonly #sockets: readonly [Socket, Socket];
  onGone: () => void = () => undefined;
  dead = false;

  constructor(client: Socket, server: Socket, proxy: LegProxy) {
    this.#sockets = [client, server];
    this.#lanes = [new Lane('up', client, server, proxy, this), new Lane('down', server, client, proxy, this)];
    for (const socket of this.#sockets) {
      socket.once('close', () => this.#sockets.every(({ closed }) => closed) && this.onGone());
    }
  }

  go(): void {
    for (const lane of this.#lanes) void lane.run();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  silence(): void {
    if (this.dead) return;
    this.dead = true;
    const [client, server] = this.#sockets;
    for (const socket of this.#sockets) socket.resume();
    setTimeout(() => server.destroy(), FORGOTTEN_MS).unref();
    setTimeout(() => client.destroy(), 4 * FORGOTTEN_MS).unref();
  }
}

class Lane {
  readonly #direction: Direction;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #proxy: LegProxy;
  readonly #link: Link;
  #held: Buffer[] = [];
  #bytes = 0;
  #running = false;
  #ended = false;
  #reset = false;

  constructor(direction: Direction, from: Socket, to: Socket, proxy: LegProxy, link: Link) {
    this.#direction = direction;
    this.#from = from;
    this.#to = to;
    this.#proxy = proxy;
    this.#link = link;
    from.on('data', (chunk: Buffer) => {
      if (link.dead) return;
      this.#held.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > HELD_MAX) from.pause();
      void this.run();
    });
    from.on('end', () => {
      this.#ended = true;
      if (link.dead) from.destroy();
      void this.run();
    });
    from.on('error', () => {
      this.#reset = true;
    });
    from.on('close', () => {
      this.#ended = true;
      void this.run();
    });
  }

  /** Forwards the held bytes as the proxy's manner allows. */
  async run(): Promise<void> {
    if (this.#running || this.#link.dead) return;
    this.#running = true;
    while (this.#held.length > 0 && !this.#to.destroyed && !this.#isBlocked()) {
      const { delayMs, piece, truncated } = this.#proxy.manner;
      const chunk = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
      this.#held = [];
      this.#bytes = 0;
      if (truncated) {
        this.#to.end(chunk.subarray(0, chunk.length >> 1), () => this.#link.cut());
        break;
      }
      for (const part of piece ? inPieces(chunk, piece) : [chunk]) {
        if (delayMs) await sleep(delayMs);
        if (this.#to.destroyed || this.#link.dead) break;
        if (!this.#to.write(part)) await drained(this.#to);
      }
    }
    this.#running = false;
    if (this.#link.dead) return;
    if (this.#to.destroyed) return void this.#from.destroy();
    if (this.#isBlocked()) return;
    if (this.#from.isPaused()) this.#from.resume();
    if (this.#held.length > 0 || !this.#ended) return;
    if (this.#reset) this.#to.resetAndDestroy();
    else if (this.#from.destroyed && !this.#from.readableEnded) this.#to.destroy();
    else this.#to.end();
  }

  #isBlocked(): boolean {
    return this.#proxy.manner.blocked?.includes(this.#direction) ?? false;
  }
}

function* inPieces(chunk: Buffer, { bytes, first = chunk.length }: { bytes: number; first?: number }) {
  let at = 0;
  for (; at < Math.min(first, chunk.length); at += bytes) yield chunk.subarray(at, Math.min(at + bytes, chunk.length));
  if (at < chunk.length) yield chunk.subarray(at);
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
