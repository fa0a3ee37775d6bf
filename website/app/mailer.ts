// Sends mails by SMTP in the background, from a bounded queue: the caller never waits for the mail server. Never logs
// an address or a text. Knows no account.
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
  /** Queues a mail. Returns false when the queue is full: the mail is lost. */
  send(mail: Mail): boolean;
  /** Attempts that succeeded, attempts that failed, and mails that are not retried any more. */
  readonly outcomes: Tally<MailOutcome>;
  /** Waits up to 5 s for mails that are being sent; mails that wait for a retry are lost. */
  stop(): Promise<void>;
}

export type MailOutcome = 'sent' | 'failed' | 'lost';
/** The counts at the start, and of a website that sends no mail. */
export const noMails = () => new Tally<MailOutcome>(['sent', 'failed', 'lost']);

/** Maximum mails that are being sent or wait for a retry. */
const QUEUE_MAX = 1_000;
/** The wait before each retry. */
const RETRY_MS = [5_000, 60_000, 300_000];
const DRAIN_MS = 5_000;
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 };

/**
 * The mailer of the settings; undefined without SMTP_URL. @throws StartError when SMTP_URL is set without PUBLIC_URL, or
 * MAIL_FROM is not an address.
 */
export function createMailer(settings: WebsiteSettings, log: Log, retryMs = RETRY_MS): Mailer | undefined {
  const { SMTP_URL, PUBLIC_URL, MAIL_FROM } = settings;
  if (SMTP_URL === undefined) return undefined;
  if (PUBLIC_URL === undefined) {
    throw new StartError(
      'SMTP_URL is set but PUBLIC_URL is not: a link in a mail needs the public origin of this server.',
    );
  }
  if (MAIL_FROM !== undefined && !/[^\s@]@[^\s@]/.test(MAIL_FROM)) {
    throw new StartError('MAIL_FROM must be an email address such as chat@example.org or Parlance <chat@example.org>.');
  }
  const from = MAIL_FROM ?? `noreply@${new URL(PUBLIC_URL).hostname}`;
  // Over a network the mail server must offer TLS, or the link would be readable there.
  const requireTLS = !isLoopback(new URL(SMTP_URL).hostname);
  // Options in the URL's query override these.
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
        // Never log the message: servers repeat the address in it.
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
