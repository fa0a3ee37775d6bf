// The servers of the laws: a website in this process, and a chat in a child process that can be killed at any time.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Client, createClient } from '@parlance/client';
import { freePort } from '../free_port.ts';
import { person } from '../people.ts';
import { SECRETS, startWebsitePart, untilReady } from '../stack.ts';

export interface User {
  username: string;
  client: Client;
  /** The address of chat: `ws://127.0.0.1:port`. */
  chatUrl: string;
}

export interface Servers {
  /** Registers a user with its own client. */
  user(): Promise<User>;
  /** Kills chat with SIGKILL and restarts it on the same port. Resolves when it is ready. */
  killChat(): Promise<void>;
  stop(): Promise<void>;
}

/** Rate limits that a few busy users do not reach. */
const OUT_OF_THE_WAY = {
  MESSAGES_PER_10S: '1000000',
  MESSAGES_PER_USER_PER_10S: '1000000',
  SOCKETS_PER_USER: '1000',
  SOCKETS_PER_ADDRESS: '10000',
  REQUESTS_PER_ADDRESS: '100000',
  REQUESTS_AT_ONCE_PER_ADDRESS: '1000',
  CONNECTIONS_PER_ADDRESS: '10000',
};

export async function startServers(databaseUrl: string): Promise<Servers> {
  const website = await startWebsitePart(databaseUrl, OUT_OF_THE_WAY);
  const port = await freePort();
  const chatUrl = `ws://127.0.0.1:${port}`;
  let chat = startChat(port, website.internalUrl);
  await untilReady(website.url);
  return {
    user: async () => {
      const { username, token } = await person(website.url);
      // A room token contains the website's origin, where nginx would proxy to chat: connect to chat directly.
      const WebSocket = class extends globalThis.WebSocket {
        constructor(url: string, protocols?: never) {
          super(url.replace(/^ws:\/\/[^/]+/, chatUrl), protocols);
        }
      };
      return { username, chatUrl, client: createClient({ baseUrl: website.url, accessToken: token, WebSocket }) };
    },
    killChat: async () => {
      chat.kill('SIGKILL');
      await once(chat, 'exit');
      chat = startChat(port, website.internalUrl);
      await untilReady(website.url);
    },
    stop: async () => {
      chat.kill('SIGKILL');
      await website.stop();
    },
  };
}

function startChat(port: number, websiteUrl: string): ChildProcess {
  const { PATH = '' } = process.env;
  const settings = { PORT: String(port), HOST: '127.0.0.1', INTERNAL_PORT: '0', WEBSITE_URL: websiteUrl };
  return spawn(process.execPath, [join(import.meta.dirname, '../../chat/app/main.ts')], {
    env: { PATH, ...OUT_OF_THE_WAY, ...settings, INTERNAL_SECRET: SECRETS.INTERNAL_SECRET, LOG_LEVEL: 'fatal' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
