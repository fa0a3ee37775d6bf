// The registration page: creates the account and logs in with it.
import { wireForm } from './forms.ts';
import { client } from './session.ts';

const form = document.querySelector<HTMLFormElement>('[data-form]'); // absent where registration is closed
const invitation = form?.querySelector<HTMLInputElement>('#invitation');
if (invitation && location.hash.length > 1) {
  invitation.value = location.hash.slice(1);
  history.replaceState(null, '', location.pathname + location.search); // the invitation is a secret
}

if (form) {
  wireForm(form, async ({ email = '', username = '', password = '', ...invited }) => {
    await client.registerUser({ email, username: username.trim(), password, ...invited });
    const next = form.dataset.next!; // checked by the server: a path of this site
    try {
      await client.logIn({ email, password });
      location.replace(next);
    } catch {
      location.replace(`/login?next=${encodeURIComponent(next)}`); // the account exists, only the login failed
    }
    return undefined;
  });
}
