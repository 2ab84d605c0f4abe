/** Loaded before anything else (`--import`): this process's clock is wrong by SHIFT_MS. Timers are not. */
const shift = Number(process.env['SHIFT_MS']);
const RightDate = Date;

class WrongDate extends RightDate {
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [WrongDate.now()] : given) as [number]));
  }

  static override now(): number {
    return RightDate.now() + shift;
  }
}

globalThis.Date = WrongDate as DateConstructor;
