// Sends mails by SMTP, in the background and in a queue with a bound: who hands a mail over never waits for the mail
// server. Logs neither an address nor a text. Knows no account.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@parlance/service/log.ts';
import { Tally } from '@parlance/service/metrics.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { createTransport } from 'nodemailer';
import type { WebsiteSettings } from './settings.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** Takes a mail to be sent; false when the queue is full, and the mail is lost. */
  send(mail: Mail): boolean;
  /** Attempts that succeeded, attempts that failed, and mails that were given up. */
  readonly outcomes: Tally<MailOutcome>;
  /** Waits for mails that are being sent, for 5 s at the most; those that wait for another attempt are lost. */
  stop(): Promise<void>;
}

export type MailOutcome = 'sent' | 'failed' | 'lost';
/** At the start, and of a website that sends no mail. */
export const noMails = () => new Tally<MailOutcome>(['sent', 'failed', 'lost']);

/** Mails that are being sent or wait for another attempt. */
const QUEUE_MAX = 1_000;
/** How long to wait before each further attempt. */
const RETRY_MS = [5_000, 60_000, 300_000];
const DRAIN_MS = 5_000;
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 };

/**
 * The mailer of the settings; undefined without SMTP_URL. @throws StartError when SMTP_URL is set without PUBLIC_URL, or
 * MAIL_FROM is no address.
 */
export function createMailer(settings: WebsiteSettings, log: Log, retryMs = RETRY_MS): Mailer | undefined {
  const { SMTP_URL, PUBLIC_URL, MAIL_FROM } = settings;
  if (SMTP_URL === undefined) return undefined;
  if (PUBLIC_URL === undefined) {
    throw new StartError(
      'SMTP_URL is set but PUBLIC_URL is not: a link in a mail needs the origin that the world knows.',
    );
  }
  if (MAIL_FROM !== undefined && !/[^\s@]@[^\s@]/.test(MAIL_FROM)) {
    throw new StartError('MAIL_FROM must be an email address such as chat@example.org or Parlance <chat@example.org>.');
  }
  const from = MAIL_FROM ?? `noreply@${new URL(PUBLIC_URL).hostname}`;
  // Over a network the mail server must offer TLS, or the link would be readable there.
  const requireTLS = !isLoopback(new URL(SMTP_URL).hostname);
  // What the URL's query says goes before these.
  const transport = createTransport({ url: SMTP_URL, requireTLS, ...TIMEOUTS, pool: true, maxConnections: 2 });
  transport.on('error', () => undefined);
  const stopped = new AbortController();
  const mails = new Set<Promise<void>>();
  const outcomes = noMails();
  const lost = (why: string, more = {}) => {
    outcomes.add('lost');
    log.warn(more, why);
  };

  const deliver = async ({ to, subject, text }: Mail): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text });
        outcomes.add('sent');
        return log.info('a mail was sent');
      } catch (error) {
        const waitMs = retryMs[attempt];
        // Never the message: servers repeat the address in it.
        const { code, responseCode, command } = error as { code?: string; responseCode?: number; command?: string };
        const isFinal = waitMs === undefined || stopped.signal.aborted || (responseCode ?? 0) >= 550;
        const facts = { code, responseCode, command, attempt: attempt + 1 };
        outcomes.add('failed');
        if (isFinal) return lost('a mail is lost', facts);
        log.warn(facts, 'a mail failed');
        await sleep(waitMs, undefined, { signal: stopped.signal, ref: false });
      }
    }
  };

  return {
    outcomes,
    send: (mail) => {
      if (mails.size >= QUEUE_MAX || stopped.signal.aborted) {
        lost('a mail is lost: too many are waiting');
        return false;
      }
      const sent = deliver(mail)
        .catch(() => lost('a mail is lost: the website stops'))
        .finally(() => mails.delete(sent));
      mails.add(sent);
      return true;
    },
    stop: async () => {
      stopped.abort();
      await Promise.race([Promise.all(mails), sleep(DRAIN_MS, undefined, { ref: false })]);
      transport.close();
    },
  };
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);
