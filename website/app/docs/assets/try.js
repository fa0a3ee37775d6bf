// The console: Swagger UI for this server's contract, in the colour scheme of the browser. Loads Swagger UI only on request
// and only from this server. Shows only the operations of Swagger UI; the page itself has the rest.
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
    // A link inside a button cannot be reached by keyboard.
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
      place.focus({ preventScroll: true }); // hiding the button removed the focus
    },
  });

// In Swagger UI two controls have no accessible name, and a scrollable element cannot be reached by keyboard.
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

/** Inserts an element that loads a file before our stylesheet, so that our rules override the loaded ones. */
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
    button.focus(); // disabling the button removed the focus
  }
});
start.hidden = false;
