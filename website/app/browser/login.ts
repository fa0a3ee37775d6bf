// The login page.
import { one } from './dom.ts';
import { wireForm } from './forms.ts';
import { client } from './session.ts';

const form = one<HTMLFormElement>('[data-form]');
wireForm(form, async ({ email = '', password = '' }) => {
  await client.logIn({ email, password });
  location.assign(form.dataset.next!); // the server has made sure that it is a path of this site
  return undefined;
});
