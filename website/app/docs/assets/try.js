// Swagger UI over this server's own contract, light or dark as the reader has it. Loads nothing from anywhere else.
// Of its page only the operations are shown; the rest stands on ours.
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

SwaggerUIBundle({
  url: '/docs/openapi.json',
  dom_id: '#swagger',
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
  syntaxHighlight: { theme: 'obsidian' },
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [OperationsAlone],
  layout: 'OperationsAlone',
});

// Two controls have no name of their own.
const names = { '.body-param__text': 'Request body', '.close-modal': 'Close' };
new MutationObserver(() => {
  for (const [selector, name] of Object.entries(names)) {
    for (const found of document.querySelectorAll(`${selector}:not([aria-label])`))
      found.setAttribute('aria-label', name);
  }
}).observe(document.getElementById('swagger'), { childList: true, subtree: true });
