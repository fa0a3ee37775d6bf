// A real SMTP server for the tests, which records the mails that it receives. It can refuse mails, be slow, or be stopped.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Header and body as received, without soft line breaks. */
  text: string;
  /** The login of the connection, and whether it was encrypted. */
  user: string | undefined;
  secure: boolean;
}

export interface MailServer {
  port: number;
  mails: ReceivedMail[];
  /** The first mail, past or future, to this address that was not returned before; rejects after `ms`. */
  next(to: string, ms?: number): Promise<ReceivedMail>;
  stop(): Promise<void>;
}

/** `takeMs` delays the acknowledgement of each mail. */
export async function startMailServer(
  options: SMTPServerOptions & { takeMs?: number; listenOn?: number } = {},
): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const taken = new Set<ReceivedMail>();
  const { takeMs = 0, listenOn = 0, ...rest } = options;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onData: (stream, session, callback) => {
      let raw = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        raw += chunk;
      });
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: raw.replaceAll('=\r\n', '').replaceAll('=3D', '='),
          user: session.user,
          secure: session.secure,
        });
        setTimeout(callback, takeMs);
      });
    },
    ...rest,
  });
  server.on('error', () => undefined); // a client that disconnects early
  server.listen(listenOn, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    next: async (to, ms = 10_000) => {
      for (const until = performance.now() + ms; ; ) {
        const mail = mails.find((one) => one.to.includes(to) && !taken.has(one));
        if (mail) {
          taken.add(mail);
          return mail;
        }
        if (performance.now() > until) throw new Error(`no mail to ${to} was received within ${ms} ms`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Settings of a stack that sends its mails to this server. PUBLIC_URL needs the port before the stack listens. */
export async function settingsWith({ port: mailPort }: MailServer): Promise<Record<string, string>> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SMTP_URL: `smtp://127.0.0.1:${mailPort}`,
    PASSWORD_RESETS_PER_HOUR: '1000',
  };
}

/** The password reset link in a mail. */
export function linkIn(mail: ReceivedMail): URL {
  const link = /https?:\/\/\S+\/password-reset#[A-Za-z0-9_-]+/.exec(mail.text)?.[0];
  if (!link) throw new Error(`there is no link in ${mail.text}`);
  return new URL(link);
}
