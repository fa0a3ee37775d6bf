// The console: Swagger UI over this server's own contract, light or dark as the reader has it. Fetches it only when the
// reader asks, and nothing from anywhere else. Of its page only the operations are shown; the rest stands on ours.
const place = document.getElementById('swagger');
const start = document.querySelector('[data-console]');
const button = start.querySelector('button');
const status = start.querySelector('[role=status]');

const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

const OperationsAlone = ({ React }) => ({
  components: {
    OperationsAlone: ({ getComponent }) =>
      React.createElement(
        'div',
        { className: 'swagger-ui' },
        React.createElement(getComponent('AuthorizeBtnContainer', true)),
        React.createElement(getComponent('operations', true)),
      ),
  },
  wrapComponents: {
    // A link within a button can be reached by nobody who uses the keyboard.
    DeepLink:
      () =>
      ({ text }) =>
        React.createElement('span', null, text),
  },
});

const open = () =>
  SwaggerUIBundle({
    url: '/docs/openapi.json',
    domNode: place,
    deepLinking: true,
    displayRequestDuration: true,
    validatorUrl: null,
    syntaxHighlight: { theme: 'obsidian' },
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [OperationsAlone],
    layout: 'OperationsAlone',
    onComplete: () => {
      start.hidden = true;
      place.focus({ preventScroll: true }); // with the button it would be lost
    },
  });

// Two controls have no name of their own, and what scrolls cannot be reached by the keyboard.
const lacking = {
  '.body-param__text': ['aria-label', 'Request body'],
  '.close-modal': ['aria-label', 'Close'],
  'pre.microlight': ['tabindex', '0'],
};
new MutationObserver(() => {
  for (const [selector, [attribute, value]] of Object.entries(lacking)) {
    for (const one of document.querySelectorAll(`${selector}:not([${attribute}])`)) one.setAttribute(attribute, value);
  }
}).observe(place, { childList: true, subtree: true });

/** Puts an element that fetches a file before our own style, which overrides what it brings. */
const fetched = (element) =>
  new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = reject;
    document.querySelector('[data-console-style]').before(element);
  });

button.addEventListener('click', async () => {
  button.disabled = true;
  status.textContent = 'Loading…';
  const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: start.dataset.style });
  const script = Object.assign(document.createElement('script'), { src: start.dataset.script });
  try {
    await Promise.all([fetched(style), fetched(script)]);
    open();
  } catch {
    style.remove();
    script.remove();
    status.textContent = 'The console did not load. Check your connection and try again.';
    button.disabled = false;
    button.focus(); // it lost it with being disabled
  }
});
start.hidden = false;
