// Loaded with --import into a child process of a test: shifts Date by CLOCK_SHIFT_MS until SIGUSR2, but not
// performance.now(), as on a machine with a wrong clock.
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
