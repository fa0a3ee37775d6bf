// Loaded with --import into a child process of a test: its Date is CLOCK_SHIFT_MS off until SIGUSR2; performance.now()
// goes on as it is, as when the clock of a machine is wrong.
const RealDate = Date;
let shift = Number(process.env.CLOCK_SHIFT_MS);
process.on('SIGUSR2', () => {
  shift = 0;
});

const now = () => RealDate.now() + shift;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
