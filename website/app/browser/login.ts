// The login page.
import { one } from './dom.ts';
import { wireForm } from './forms.ts';
import { client } from './session.ts';

const form = one<HTMLFormElement>('[data-form]');
wireForm(form, async ({ email = '', password = '' }) => {
  await client.logIn({ email, password });
  // In place of this page, to which the way back would lead in vain. The server has made sure that it is a path of ours.
  location.replace(form.dataset.next!);
  return undefined;
});
