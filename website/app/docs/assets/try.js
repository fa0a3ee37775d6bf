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
}).observe(document.getElementById('swagger'), { childList: true, subtree: true });
