// The login page.
import { one } from './dom.ts';
import { wireForm } from './forms.ts';
import { client } from './session.ts';

const form = one<HTMLFormElement>('[data-form]');
wireForm(form, async ({ email = '', password = '' }) => {
  await client.logIn({ email, password });
  // Replaced, so that Back does not return to the login page. The server has checked that it is a path of this site.
  location.replace(form.dataset.next!);
  return undefined;
});
