// Checks one HTTP answer: a success for the row of its operation and status, a refusal for the rows about all refusals.
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { HANDSHAKE_REFUSALS, type Operation } from './contract.ts';
import type { Answer } from './http.ts';
import { show } from './row.ts';
import type { Witness } from './witness.ts';

/** Files the answer with each row that it concerns, with a fault if it has one. */
export function testify(witness: Witness, operation: Operation, method: string, path: string, answer: Answer): void {
  const { status, headers } = answer;
  const declared = operation.answers.get(status);
  const isUpgrade = status === 101;
  const who = `${operation.id} (${method} ${show(path)}) answered ${status}`;
  const file = (rowId: string, fault: string | undefined) => witness.file(rowId, fault && `${who}: ${fault}`);

  file('http.declared', declared || isUpgrade ? undefined : 'not a declared status');
  file('http.no-5xx', status >= 500 ? show(answer.text) : undefined);
  if (!declared) return;

  const mediaType = headers['content-type']?.split(';')[0];
  const wrongType = mediaType === declared.mediaType ? undefined : `Content-Type ${mediaType}`;
  const missing = declared.headers.find((name) => headers[name.toLowerCase()] === undefined);
  const wrongHeaders = missing === undefined ? undefined : `no ${missing}`;
  const wrongBody = declared.fault(answer.body);
  if (status < 400) {
    return file(
      `http.${operation.id}.${status}`,
      wrongType ?? wrongHeaders ?? (wrongBody && `${wrongBody}: ${show(answer.text)}`),
    );
  }
  file('refusals.media-type', wrongType);
  file('refusals.headers', wrongHeaders);
  file('refusals.problem', wrongBody && `${wrongBody}: ${show(answer.text)}`);
  file('refusals.code', wrongCode(operation, answer));
}

/** Why the code, the status in the body and the status of the answer do not agree with the table of problems. */
function wrongCode({ id }: Operation, { status, body }: Answer): string | undefined {
  const code: string = body?.code;
  const row = PROBLEMS[code as ProblemCode];
  if (row === undefined) return `code ${show(code)}`;
  if (row.status !== status || body.status !== status) return `code ${code}, status ${body.status} in the body`;
  if (body.title !== row.title) return `title ${show(body.title)}`;
  const codes = id === 'handshake' ? HANDSHAKE_REFUSALS.find((one) => one.status === status)?.codes : undefined;
  return codes && !codes.includes(code) ? `code ${code} at the upgrade` : undefined;
}
