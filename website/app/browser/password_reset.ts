// The page for a forgotten password: requests a mail, or, opened by the link in that mail, sets the new password. The
// token stays in the fragment; only the API receives it.
import { one } from './dom.ts';
import { wireForm } from './forms.ts';
import { client, wireLogOut } from './session.ts';

const [ask, set, done] = [one('[data-ask]'), one('[data-set]'), one('[data-done]')];
const token = () => location.hash.slice(1);
/** The format of a token (schema PasswordReset): a mail program may truncate a link. */
const isWhole = () => /^[\w-]{43}$/.test(token());

/** Shows the part of the page that matches the URL. */
function show(): void {
  one('[data-broken]').hidden = token() === '' || isWhole();
  ask.hidden = isWhole();
  set.hidden = !isWhole();
  done.hidden = true;
}

const askForm = document.querySelector<HTMLFormElement>('[data-ask-form]');
if (askForm) {
  const asked = one('[data-asked]');
  wireForm(askForm, async ({ email = '' }) => {
    await client.requestPasswordReset({ email: email.trim() });
    asked.hidden = false;
    asked.textContent = `If ${email.trim()} belongs to an account, a mail is on its way. Open the link in it.`;
    askForm.hidden = true;
    asked.focus();
    return 'again';
  });
}

wireForm(one<HTMLFormElement>('[data-set-form]'), async ({ password = '' }) => {
  await client.resetPassword({ token: token(), password });
  history.replaceState(null, '', location.pathname); // the token is used up
  set.hidden = true;
  done.hidden = false;
  done.focus();
  return undefined;
});

addEventListener('hashchange', show);
show();
wireLogOut();
