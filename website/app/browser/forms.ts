// Submits forms through the API: one request at a time, with each error shown at its field.
import { type ProblemCode, ProblemError } from '@parlance/client';
import { one } from './dom.ts';
import { explain, sentence } from './explain.ts';

type Values = Record<string, string>;

/** Codes that concern one field but carry no pointer, with the text to show at that field. */
const FIELD_OF_CODE: Partial<Record<ProblemCode, { field: string; text: string | ((detail: string) => string) }>> = {
  email_taken: { field: 'email', text: 'This email address is already registered. Log in instead.' },
  invalid_invitation: {
    field: 'invitation',
    text: 'This invitation is not valid, was used or has expired. Ask for another one.',
  },
  user_not_found: { field: 'username', text: 'No user has this username.' },
  username_taken: { field: 'username', text: 'This username is taken. Choose another.' },
  // The detail names the existing room: its name may differ and look the same.
  room_name_taken: { field: 'name', text: (detail) => `${sentence(detail)} Join it, or choose another name.` },
};

/**
 * Wires a form. While `submit` runs, its button is disabled. When it rejects, each error with a pointer to a field
 * (`/body/username` → `username`) is shown at that field, all others at the top, and the first one gets the focus.
 * When it resolves, the form stays disabled unless `submit` answers 'again'.
 */
export function wireForm(form: HTMLFormElement, submit: (values: Values) => Promise<'again' | undefined>): void {
  const button = one<HTMLButtonElement>('[type=submit]', form);
  const inputs = [...form.querySelectorAll<HTMLInputElement>('input[name]')];
  button.disabled = false;
  for (const input of inputs) input.addEventListener('input', () => showFieldError(form, input, ''));
  for (const reveal of form.querySelectorAll<HTMLButtonElement>('[data-reveal]')) wireReveal(form, reveal);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    showFormError(form, '');
    for (const input of inputs) showFieldError(form, input, '');
    const empty = inputs.filter((input) => input.value === '');
    for (const input of empty) showFieldError(form, input, 'This field is required.');
    if (empty[0]) return empty[0].focus();
    button.disabled = true;
    form.setAttribute('aria-busy', 'true');
    let done: 'again' | undefined | 'failed';
    try {
      done = await submit(Object.fromEntries(inputs.map((input) => [input.name, input.value])));
    } catch (error) {
      showErrors(form, inputs, error);
      done = 'failed';
    }
    form.removeAttribute('aria-busy');
    if (done) button.disabled = false;
  });
  // A page that the browser restores from its back/forward cache must be usable again.
  addEventListener('pageshow', (event) => {
    if (event.persisted) button.disabled = false;
  });
}

function showErrors(form: HTMLFormElement, inputs: HTMLInputElement[], error: unknown): void {
  const general: string[] = [];
  const byCode = error instanceof ProblemError ? FIELD_OF_CODE[error.code as ProblemCode] : undefined;
  const errors = error instanceof ProblemError ? error.errors : [];
  const textOfCode =
    typeof byCode?.text === 'function' ? byCode.text((error as ProblemError).problem.detail ?? '') : byCode?.text;
  const placed = byCode ? [{ pointer: `/body/${byCode.field}`, detail: textOfCode ?? '' }] : errors;
  for (const { pointer, detail } of placed) {
    const input = inputs.find((one) => pointer === `/body/${one.name}`);
    // 'must …' is the wording of the schema validator: the field's own hint says it better.
    const text = detail.startsWith('must ') ? (input?.dataset.hint ?? detail) : detail;
    if (input) showFieldError(form, input, sentence(text));
    else general.push(sentence(`${pointer} ${detail}`));
  }
  if (placed.length === 0) general.push(explain(error));
  showFormError(form, general.join(' '));
  const first: HTMLElement | undefined = inputs.find((input) => input.ariaInvalid === 'true');
  (first ?? one<HTMLElement>('[data-form-error]', form)).focus();
}

function showFieldError(form: HTMLFormElement, input: HTMLInputElement, text: string): void {
  if (text) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
  one(`[data-error-for="${input.name}"]`, form).textContent = text;
}

function showFormError(form: HTMLFormElement, text: string): void {
  one('[data-form-error]', form).textContent = text;
}

function wireReveal(form: HTMLFormElement, reveal: HTMLButtonElement): void {
  const input = one<HTMLInputElement>(`#${reveal.dataset.reveal}`, form);
  reveal.hidden = false;
  reveal.addEventListener('click', () => {
    const shown = input.type === 'text';
    input.type = shown ? 'password' : 'text';
    reveal.textContent = shown ? 'Show' : 'Hide';
    reveal.ariaLabel = `${reveal.textContent} the password`;
  });
}
