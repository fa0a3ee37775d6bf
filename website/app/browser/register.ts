// The registration page: creates the account and logs in with it.
import { one } from './dom.ts';
import { wireForm } from './forms.ts';
import { client } from './session.ts';

const form = one<HTMLFormElement>('[data-form]');
wireForm(form, async ({ email = '', username = '', password = '' }) => {
  await client.registerUser({ email, username: username.trim(), password });
  const next = form.dataset.next!; // the server has made sure that it is a path of this site
  try {
    await client.logIn({ email, password });
    location.replace(next);
  } catch {
    location.replace(`/login?next=${encodeURIComponent(next)}`); // the account is there: only the login is left
  }
  return undefined;
});
