// Search and copy buttons of the documentation. Without this script both are absent and the sidebar remains. The index is
// loaded when the field is focused.
const SHOWN = 12;

const box = document.querySelector('[data-search]');
const field = box.querySelector('input');
const list = box.querySelector('ul');
const status = box.querySelector('[role=status]');
let index;

const load = () => {
  index ??= fetch(box.dataset.search).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)));
  return index.catch(() => {
    index = undefined; // the next letter tries again
    return [];
  });
};

function find(all, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const scored = all.flatMap((entry) => {
    const title = entry[0].toLowerCase();
    const whole = `${title} ${entry[2].toLowerCase()}`;
    if (!words.every((word) => whole.includes(word))) return [];
    return [
      { entry, score: title === words[0] ? 0 : title.startsWith(words[0]) ? 1 : title.includes(words[0]) ? 2 : 3 },
    ];
  });
  return scored.sort((a, b) => a.score - b.score).map(({ entry }) => entry);
}

async function show() {
  const asked = field.value;
  const found = find(await load(), asked);
  if (asked !== field.value) return;
  status.textContent = asked.trim() === '' ? '' : `${found.length} found`;
  list.replaceChildren(
    ...found.slice(0, SHOWN).map(([title, path, about]) => {
      const link = Object.assign(document.createElement('a'), { href: path, textContent: title });
      link.append(Object.assign(document.createElement('span'), { textContent: about }));
      const item = document.createElement('li');
      item.append(link);
      return item;
    }),
  );
}

box.hidden = false;
field.addEventListener('focus', load);
field.addEventListener('input', show);
box.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  field.value = '';
  field.focus();
  show();
});

// Only a secure context has a clipboard.
for (const figure of navigator.clipboard ? document.querySelectorAll('.code') : []) {
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Copy' });
  button.addEventListener('click', async () => {
    const copied = await navigator.clipboard.writeText(figure.querySelector('code').textContent).then(
      () => true,
      () => false,
    );
    button.textContent = copied ? 'Copied' : 'Not copied';
    setTimeout(() => (button.textContent = 'Copy'), 2_000);
  });
  figure.querySelector('figcaption').append(button);
}
